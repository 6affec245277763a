// A client leaves, its namespace or its connection, while a middleware still thinks about it.

export function server(io, log) {
  const waiting = [];
  io.of("/slow").use(async (socket, next) => {
    socket.join("candidates");
    log("asked", socket.handshake.auth.n);
    await new Promise((resolve) => waiting.push(resolve));
    log("decided", socket.handshake.auth.n, socket.connected);
    next();
  });
  io.of("/slow").on("connection", (socket) => {
    log("joined", socket.handshake.auth.n);
    io.of("/slow").to("candidates").emit("welcome", socket.handshake.auth.n);
    socket.on("disconnect", () => log("left", socket.handshake.auth.n));
  });
  io.on("connection", (socket) => {
    socket.on("decide", (ack) => {
      waiting.splice(0).forEach((resolve) => resolve());
      ack();
    });
  });
}

export async function client({ connect, open, next, server, log }) {
  const other = await connect();
  // As long as it is not connected, the client's own `disconnect` says nothing to the server.
  const first = await connect();
  const leaves = open("/slow", { over: first, auth: { n: 1 } });
  await server("asked");
  leaves.disconnect();
  await other.emitWithAck("decide");
  await server("joined");
  log("one", leaves.connected, first.connected);

  const second = await connect();
  const closes = open("/slow", { over: second, auth: { n: 2 } });
  await server("asked");
  second.io.engine.close();
  await server("disconnected");
  await other.emitWithAck("decide");
  await server("decided");
  log("two", closes.connected, second.connected);

  const stays = open("/slow", { auth: { n: 3 } });
  await server("asked");
  await other.emitWithAck("decide");
  log("three", await next(stays, "welcome"));
  first.disconnect(); // The last that its client knows of: the connection ends, and the one it forgot.
  await server("left");
}
