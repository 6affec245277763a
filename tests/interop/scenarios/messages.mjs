// `send` and the event `message`, from the client, the server and a namespace.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("message", (...values) => {
      const ack = typeof values.at(-1) === "function" ? values.pop() : undefined;
      log("message", ...values);
      socket.send("back", ...values);
      ack?.("got it");
    });
    socket.on("all", () => {
      io.send("to all");
      socket.join("room");
      io.to("room").emit("message", "to the room", Buffer.from("!"));
      socket.emit("message", "as an event");
    });
  });
}

export async function client({ connect, next, log }) {
  const socket = await connect();
  socket.send("hello", { n: 1 });
  log("message", await next(socket, "message"));
  socket.send();
  log("message", await next(socket, "message"));
  log("ack", await socket.emitWithAck("message", "with ack"), await next(socket, "message"));
  socket.emit("all");
  for (let count = 0; count < 3; count += 1) log("message", await next(socket, "message"));
}
