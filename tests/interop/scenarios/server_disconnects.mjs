// The server puts a socket out: of its namespace alone, and it may come back over the same connection.

export function server(io, log) {
  for (const nsp of [io.of("/"), io.of("/two")]) {
    nsp.on("connection", (socket) => {
      socket.on("out", () => {
        socket.emit("last words");
        log("out", socket.connected);
        socket.disconnect();
        log("was out", socket.connected, socket.rooms.size);
        socket.disconnect();
      });
      socket.on("ask", (ack) => ack(nsp.name));
    });
  }
}

export async function client({ connect, next, log, server }) {
  const one = await connect();
  const two = await connect("/two", { over: one });
  one.emit("out");
  await next(one, "last words");
  log("one", await next(one, "disconnect"), one.active, two.connected);
  log("two", await two.emitWithAck("ask"));
  await server("disconnected");
  one.connect();
  await next(one, "connect");
  log("back", await one.emitWithAck("ask"));
}
