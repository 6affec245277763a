// What is emitted through a parent is seen by the catch-alls of its children's sockets, and is sent as it says.

export function server(io, log) {
  const parent = io.of(/^\/org-\d+$/);
  parent.on("connection", (socket) => {
    socket.join(socket.handshake.auth.room);
    socket.onAnyOutgoing((event, ...values) => log(`${socket.nsp.name} is sent`, event, ...values));
  });
  io.on("connection", (socket) => {
    socket.on("say", (ack) => {
      parent.emit("all", 1);
      parent.to("red").emit("red", { deep: [Buffer.from([1])] });
      parent.except("red").local.compress(false).emit("not red");
      parent.to("nobody").emit("nobody");
      parent.send("text");
      parent.volatile.emit("volatile");
      parent.emit("end");
      ack();
    });
  });
}

export async function client({ connect, next, log }) {
  const main = await connect();
  const sockets = {
    one: await connect("/org-1", { auth: { room: "red" } }),
    two: await connect("/org-2", { auth: { room: "blue" } }),
  };
  const heard = { one: [], two: [] };
  for (const [name, socket] of Object.entries(sockets)) socket.onAny((...event) => event[0] !== "volatile" && heard[name].push(event));
  main.emit("say", () => {});
  for (const socket of Object.values(sockets)) await next(socket, "end");
  log("heard", heard);
}
