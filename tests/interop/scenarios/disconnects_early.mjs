// The client disconnects before it is connected, in its own `connect` handler, and right behind its events.

export function server(io, log) {
  io.on("connection", (socket) => {
    log("here", socket.handshake.auth.n);
    socket.on("n", (n, ack) => {
      log("n", n);
      ack?.(n);
    });
    socket.on("disconnect", (reason) => log("left", socket.handshake.auth.n, reason));
  });
}

export async function client({ open, ready, next, server, log }) {
  const never = open("/", { auth: { n: 1 } });
  never.emit("n", "never");
  never.disconnect();
  log("never", never.connected, never.active, never.id);

  const again = open("/", { auth: { n: 2 } });
  again.disconnect();
  again.connect();
  await ready(again);
  again.disconnect();
  log("again", (await next(again, "disconnect"))[0], again.id);
  await server("left");

  const atOnce = open("/", { auth: { n: 3 } });
  atOnce.on("connect", () => {
    atOnce.disconnect();
    atOnce.emit("n", "too late");
  });
  log("at once", (await next(atOnce, "disconnect"))[0], atOnce.connected);
  await server("left");

  const full = open("/", { auth: { n: 4 } });
  await ready(full);
  for (let n = 0; n < 50; n += 1) full.emit("n", n);
  log("full", await full.emitWithAck("n", "last"));
  full.disconnect().disconnect().close();
  full.emit("n", "kept");
  log("full", (await next(full, "disconnect"))[0]);
  await server("left");
  full.connect();
  await ready(full);
  log("back", await full.emitWithAck("n", "back"));
}
