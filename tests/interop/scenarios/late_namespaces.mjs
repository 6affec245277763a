// A namespace, its middlewares and its handlers may come while clients are there; `connect` is another `connection`.

export function server(io, log) {
  io.on("new_namespace", (nsp) => {
    log("new", nsp.name);
    nsp.use((socket, next) => {
      log("first of all", socket.nsp.name);
      next();
    });
  });
  io.on("connect", () => log("connect"));
  io.on("connection", (socket) => {
    log("connection");
    socket.on("make", (name, ack) => {
      const nsp = io.of(name);
      nsp.on("connection", (joined) => {
        log("joined", name);
        joined.on("ask", (answer) => answer(joined.nsp.name));
      });
      ack(nsp.name, io.of(name) === nsp, io.of("/") === io.sockets);
    });
  });
}

export async function client({ open, connect, ready, next, log }) {
  const main = await connect();
  const late = open("/late", { over: main });
  log("refused", (await next(late, "connect_error"))[0].message);
  const make = (name) => new Promise((resolve) => main.emit("make", name, (...values) => resolve(values)));
  log("made", await make("/late"));
  late.connect();
  await ready(late);
  log("ask", await late.emitWithAck("ask"));
  log("made", await make("later"));
  const later = await connect("/later");
  log("ask", await later.emitWithAck("ask"));
}
