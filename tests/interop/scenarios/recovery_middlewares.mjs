// Middlewares that are asked about clients that come back, too.

export const options = { connectionStateRecovery: { skipMiddlewares: false } };

export function server(io, log) {
  io.use((socket, next) => {
    log("asked", socket.recovered, socket.data.name ?? null);
    next();
  });
  io.on("connection", (socket) => {
    log("recovered", socket.recovered);
    socket.data.name = "ann";
    socket.on("say", (ack) => {
      io.emit("news", "hello");
      ack();
    });
  });
}

export async function client({ connect, next, server, log }) {
  const speaker = await connect();
  const socket = await connect();
  await socket.emitWithAck("say");
  log("news", (await next(socket, "news"))[0]);
  socket.io.engine.close();
  await next(socket, "disconnect");
  await server("disconnected");
  await speaker.emitWithAck("say");
  socket.connect();
  await next(socket, "connect");
  log("recovered", socket.recovered, (await next(socket, "news"))[0]);
}
