// Handlers that take fewer values than came, exactly those, any number, or ask for those that are missing.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("few", (a) => log("few", a));
    socket.on("none", () => log("none"));
    socket.on("any", (...values) => log("any", values));
    socket.on("default", (a, b = "b") => log("default", a, b));
    socket.on("end", (ack) => ack());
  });
}

export async function client({ connect, log }) {
  const socket = await connect();
  for (const event of ["few", "none", "any", "default"]) {
    for (const values of [[1], [1, 2], [1, 2, 3]]) socket.emit(event, ...values);
  }
  socket.emit("none");
  socket.emit("any");
  await socket.emitWithAck("end");
  log("end");
}
