// Namespaces that are made when clients ask for them: patterns and predicates, tried in order, and what children get of their parent.

export function server(io, log) {
  io.on("new_namespace", (nsp) => log("new", nsp.name));
  const rooms = io.of(/^\/room-\d+$/);
  const asked = io.of(async (name, auth, next) => {
    await null;
    log("asked", name, auth);
    next(null, name === "/asked" && auth.token === "secret");
  });
  const last = io.of((name, auth, next) => {
    log("last", name);
    if (name === "/broken") return next(new Error("broken"));
    next(null, name === "/last");
  });
  for (const parent of [rooms, asked, last]) {
    parent.use((socket, next) => {
      log("middleware", socket.nsp.name);
      next(socket.handshake.auth.stop ? new Error("stopped") : undefined);
    });
    parent.on("connection", (socket) => {
      log("connection", socket.nsp.name);
      socket.on("where", (ack) => ack(socket.nsp.name, io.of(socket.nsp.name) === socket.nsp));
      socket.on("tell all", () => rooms.emit("told", socket.nsp.name));
      socket.on("tell", () => rooms.to("members").emit("member", Buffer.from("x")));
      socket.on("join", (ack) => {
        socket.join("members");
        ack();
      });
    });
  }
  io.on("connection", (socket) => {
    socket.on("make", (name, ack) => ack(io.of(name).name, io.of(name) === io.of(name)));
  });
}

export async function client({ open, connect, next, log }) {
  const main = await connect();
  const refused = async (name, auth) => {
    const socket = open(name, { auth });
    const [error] = await next(socket, "connect_error");
    log("refused", name, error.message, error.data);
  };
  for (const name of ["/room-", "/room-1x", "/other/room-1", "/broken", "/_0", "/asked"]) await refused(name);
  await refused("/asked", { token: "wrong" });
  await refused("/room-9", { stop: true });
  const one = await connect("/room-1", { over: main });
  const two = await connect("/room-2");
  const asked = await connect("/asked", { over: main, auth: { token: "secret" } });
  // Once it is there, nobody is asked about it.
  const known = await connect("/asked", { auth: { token: "wrong" } });
  const last = await connect("/last", { over: main });
  for (const socket of [one, two, asked, known, last]) log("where", await socket.emitWithAck("where"));
  log("made", await new Promise((resolve) => main.emit("make", "/room-77", (...values) => resolve(values))));
  const made = await connect("/room-77");
  log("where", await made.emitWithAck("where"));
  await two.emitWithAck("join");
  one.emit("tell all");
  one.emit("tell");
  for (const socket of [one, two, made]) log("told", await next(socket, "told"));
  log("member", await next(two, "member"));
  log("where", await made.emitWithAck("where"));
}
