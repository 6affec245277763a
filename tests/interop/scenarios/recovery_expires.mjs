// A client that was away for too long begins anew; so does one that was sent nothing, or left by itself.

export const options = { connectionStateRecovery: { maxDisconnectionDuration: 1 } };

export function server(io, log) {
  io.on("connection", (socket) => {
    log("recovered", socket.recovered, socket.data.name ?? null);
    socket.data.name = "ann";
    socket.on("say", (ack) => {
      socket.emit("news", "hello");
      ack();
    });
  });
}

export async function client({ connect, next, server, log }) {
  const speaker = await connect();
  const socket = await connect();
  for (const leave of [() => socket.io.engine.close(), () => socket.disconnect()]) {
    await socket.emitWithAck("say");
    log("news", (await next(socket, "news"))[0]);
    leave();
    await next(socket, "disconnect");
    await server("disconnected");
    for (let each = 0; each < 5; each++) await speaker.emitWithAck("say");
    socket.connect();
    await next(socket, "connect");
    log("recovered", socket.recovered);
  }
}
