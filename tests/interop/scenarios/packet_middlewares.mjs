// Packet middlewares of a socket: their order, what they change, and what they stop. As in `catch_alls`, each event waits
// for the one before.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.onAny((event) => log("any", event));
    socket.use(([event, ...args], next) => {
      log("first", event, args.filter((arg) => typeof arg !== "function").length);
      if (event === "forbidden") next(new Error("not this one"));
      else next();
    });
    socket.use((packet, next) => {
      log("second", packet[0]);
      if (packet[0] === "changed") packet[1] = "other";
      next();
    });
    socket.on("error", (error) => log("error", error.message));
    socket.on("chat", (value) => log("chat", value));
    socket.on("changed", (value) => log("changed", value));
    socket.on("forbidden", (value) => log("forbidden", value));
    socket.on("end", (ack) => ack("end"));
  });
}

export async function client({ connect, log, server }) {
  const socket = await connect();
  socket.emit("chat", "hi");
  await server("chat");
  socket.emit("changed", "this");
  await server("changed");
  socket.emit("forbidden", "this");
  await server("error");
  socket.emit("unheard");
  log("end", await socket.emitWithAck("end"));
}
