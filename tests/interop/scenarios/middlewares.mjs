// Middlewares run one after the other, up to the first that refuses; each namespace has its own, also added late.

export function server(io, log) {
  const add = (nsp, name) => {
    nsp.use(async (socket, next) => {
      await null;
      const { stop } = socket.handshake.auth;
      socket.data.passed = [...(socket.data.passed ?? []), name];
      log("middleware", nsp.name, name, socket.id.length, socket.connected, socket.rooms.size);
      socket.disconnect(); // Nothing to end yet.
      next(stop === name ? new Error(`stopped by ${name}`) : undefined);
    });
  };
  const admin = io.of("/admin");
  for (const name of ["one", "two", "three"]) add(io.sockets, name);
  add(admin, "admin");
  for (const nsp of [io.sockets, admin]) {
    nsp.on("connection", (socket) => {
      log("in", nsp.name, socket.data.passed);
      socket.on("add", (name, ack) => {
        add(nsp, name);
        ack(socket.data.passed);
      });
    });
  }
}

export async function client({ open, ready, connect, next, log }) {
  for (const stop of ["one", "two", "three"]) {
    log("refused", (await next(open("/", { auth: { stop } }), "connect_error"))[0].message);
  }
  const main = await connect("/", { auth: { stop: "admin" } });
  const stopped = open("/admin", { over: main, auth: { stop: "admin" } });
  log("refused", (await next(stopped, "connect_error"))[0].message);
  const admin = await connect("/admin", { auth: { stop: "one" } });
  log("added", await admin.emitWithAck("add", "late"));
  stopped.auth = {};
  stopped.connect();
  await ready(stopped);
  log("added", await stopped.emitWithAck("add", "later"));
  log("refused", (await next(open("/admin", { auth: { stop: "later" } }), "connect_error"))[0].message);
  await ready(open("/"));
}
