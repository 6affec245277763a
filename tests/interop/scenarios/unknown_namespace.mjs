// A namespace that the server lacks is refused; the connection stays and serves those it has.

export function server(io, log) {
  io.of("/known").on("connection", (socket) => {
    socket.on("hello", (ack) => ack("from", socket.nsp.name));
  });
}

export async function client({ open, connect, next, log }) {
  const unknown = open("/unknown");
  const [error] = await next(unknown, "connect_error");
  log("refused", error.message, error.data, unknown.active);
  const known = await connect("/known", { over: unknown });
  log("hello", await known.emitWithAck("hello"));
  const again = open("/known/not", { over: unknown });
  log("refused", (await next(again, "connect_error"))[0].message, known.connected);
}
