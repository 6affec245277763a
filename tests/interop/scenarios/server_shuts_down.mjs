// `io.close()`: every socket of every namespace is told why, clients see the connection end.

export function server(io, log) {
  io.of("/two");
  io.on("connection", (socket) => {
    socket.on("disconnecting", (reason) => log("leaving", reason));
    socket.on("close", () => {
      log("closing");
      io.close();
    });
  });
}

export async function client({ connect, open, next, log, server }) {
  const one = await connect();
  const two = await connect("/two", { over: one });
  const three = await connect();
  one.emit("close");
  for (const socket of [one, two, three]) log("closed", socket.nsp, (await next(socket, "disconnect"))[0]);
  for (const _ of [one, two, three]) await server("disconnected");
  const [error] = await next(open(), "connect_error");
  log("no more", error.message, error.type);
}
