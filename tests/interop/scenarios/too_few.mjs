// Handlers that want more values than came.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("two", (a, b) => log("two", a, b ?? null));
    socket.on("two", (a) => log("one", a));
    socket.on("end", (ack) => ack());
  });
}

export async function client({ connect, log }) {
  const socket = await connect();
  socket.emit("two", 1);
  socket.emit("two", 1, 2);
  log("end", await socket.emitWithAck("end") ?? null);
}
