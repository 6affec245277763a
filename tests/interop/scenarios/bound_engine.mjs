// `io.bind`: all connections of an engine are clients; what the end of either means for the other.

export const hasEngine = true;

export function server(io, log, engine) {
  io.bind(engine);
  io.on("connection", (socket) => {
    log("engine", io.engine === engine, engine.clients[socket.conn.id] === socket.conn);
    socket.join("room");
    socket.on("say", (text) => io.to("room").emit("said", text));
    socket.on("close", async () => {
      await io.close();
      log("clients", engine.clientsCount);
    });
  });
}

export async function client({ connect, next, log, server }) {
  const [one, two] = [await connect(), await connect()];
  one.emit("say", "hello");
  for (const socket of [one, two]) log("said", await next(socket, "said"));
  one.emit("close");
  for (const socket of [one, two]) log("closed", (await next(socket, "disconnect"))[0]);
  await server("clients");
}
