// The server puts a socket out: of its namespace alone, and it may come back over the same connection.

export function server(io, log) {
  const left = []; // Handlers of the leave run inside of disconnect() here, and behind the handler in Python.
  for (const nsp of [io.of("/"), io.of("/two")]) {
    nsp.on("connection", (socket) => {
      socket.on("out", () => {
        socket.emit("last words");
        log("out", socket.connected);
        socket.disconnect();
        left.push(socket.connected);
        socket.disconnect();
      });
      socket.on("ask", (ack) => {
        log("was out", left.splice(0));
        ack(nsp.name);
      });
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
