// One guard for all namespaces: the main one, others, children of a parent, and those that are made later.

export function server(io, log) {
  const guard = (socket, next) => {
    log("guard", socket.nsp.name);
    if (socket.handshake.auth.token === "secret") return next();
    const error = new Error("not authorized");
    error.data = { token: socket.handshake.auth.token ?? null };
    next(error);
  };
  io.use(guard);
  io.of("/static").use(guard);
  const orgs = io.of(/^\/org\/[^/]+\/team\/[^/]+$/);
  orgs.use(guard);
  orgs.use((socket, next) => {
    log("behind", socket.nsp.name);
    next();
  });
  orgs.on("connection", (socket) => {
    const [, , org, , team] = socket.nsp.name.split("/");
    log("params", { org, team });
  });
  io.on("connection", (socket) => {
    socket.on("make", (ack) => {
      io.of("/late").use(guard);
      ack();
    });
  });
}

export async function client({ open, connect, next, log }) {
  const auth = { token: "secret" };
  const main = await connect("/", { auth });
  await main.emitWithAck("make");
  for (const name of ["/", "/static", "/org/1/team/a b", "/late", "/org/1/team/2/x", "/org//team/2"]) {
    const [error] = await next(open(name, { auth: { token: 1 } }), "connect_error");
    log("refused", name, error.message, error.data);
  }
  for (const name of ["/static", "/org/1/team/a b", "/org/été/team/2", "/late"]) await connect(name, { auth });
}
