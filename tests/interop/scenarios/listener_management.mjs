// Listeners of a socket that are put in front of others, counted, and removed.

export function server(io, log) {
  io.on("connection", (socket) => {
    const twice = () => log("twice");
    socket.on("n", twice);
    socket.addListener("n", () => log("last"));
    socket.prependListener("n", () => log("first"));
    socket.prependOnceListener("n", () => log("once"));
    socket.on("n", twice);
    socket.on("count", (ack) => ack(socket.listenerCount("n"), socket.listeners("n").length));
    socket.on("remove", (ack) => {
      socket.removeListener("n", twice);
      ack();
    });
    socket.on("remove all", (ack) => {
      socket.removeAllListeners("n");
      ack();
    });
    socket.on("sync", (ack) => ack());
  });
}

export async function client({ connect, log }) {
  const socket = await connect();
  const count = () =>
    new Promise((resolve) => socket.emit("count", (...counts) => resolve(counts)));
  log("count", await count());
  for (const step of ["sync", "remove", "remove all"]) {
    socket.emit("n");
    await socket.emitWithAck("sync");
    await socket.emitWithAck(step);
    log("count", await count());
  }
  socket.emit("n");
  await socket.emitWithAck("sync");
}
