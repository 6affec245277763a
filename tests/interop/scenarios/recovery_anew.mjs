// A client that left by itself begins anew, and so does one that was sent nothing that counts.

export const options = { connectionStateRecovery: {} };

export function server(io, log) {
  io.on("connection", (socket) => {
    log("recovered", socket.recovered, socket.data.name ?? null);
    socket.data.name = "ann";
    socket.on("say", (ack) => {
      socket.emit("news", "hello");
      ack();
    });
    socket.on("whisper", async (ack) => {
      socket.volatile.emit("news", "volatile");
      log("answered", await socket.emitWithAck("news", "with an ack"));
      ack();
    });
  });
}

export async function client({ connect, next, server, log }) {
  const socket = await connect();
  socket.on("news", (text, ack) => {
    if (typeof ack === "function") ack("yes");
  });
  await socket.emitWithAck("whisper");
  for (const leave of [() => socket.io.engine.close(), () => socket.disconnect()]) {
    leave();
    await next(socket, "disconnect");
    await server("disconnected");
    socket.connect();
    await next(socket, "connect");
    log("recovered", socket.recovered);
    await socket.emitWithAck("say");
  }
}
