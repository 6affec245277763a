// Handlers of `connection` that are called once, are removed, or are added late.

export function server(io, log) {
  const third = (socket) => log("third", socket.handshake.auth.n);
  io.once("connection", (socket) => log("once", socket.handshake.auth.n));
  io.on("connection", (socket) => {
    log("second", socket.handshake.auth.n);
    socket.on("off", (ack) => {
      io.off("connection", third);
      ack();
    });
    socket.on("late", (ack) => {
      io.on("connection", (other) => log("late", other.handshake.auth.n));
      io.once("connection", (other) => other.emit("once more", other.handshake.auth.n));
      ack();
    });
  });
  io.on("connection", third);
}

export async function client({ connect, next, log }) {
  const sockets = [];
  for (const n of [1, 2, 3, 4]) {
    const socket = await connect("/", { auth: { n } });
    sockets.push(socket);
    if (n === 2) await socket.emitWithAck("off");
    if (n === 3) await socket.emitWithAck("late");
  }
  log("once more", await next(sockets[3], "once more"));
}
