// A `connection` handler has to wait before it registers the handler of an event that comes meanwhile.

export function server(io, log) {
  let release;
  const released = new Promise((resolve) => (release = resolve));
  io.on("connection", async (socket) => {
    socket.on("early", () => log("early"));
    socket.on("release", () => release());
    log("waits");
    await released;
    socket.on("n", (n, ack) => {
      log("n", n);
      ack?.(n);
    });
    log("ready");
    socket.emit("ready");
  });
}

export async function client({ connect, next, server, log }) {
  const socket = await connect();
  await server("waits");
  for (const n of [1, 2]) socket.emit("n", n);
  socket.emit("early");
  await server("early");
  socket.emit("release");
  await next(socket, "ready");
  log("ready", await socket.emitWithAck("n", 3));
}
