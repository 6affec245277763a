// A server that offers no upgrade: a client that polls stays with that, one that begins with WebSocket may.

export const options = { allowUpgrades: false };

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("ask", (n, ack) => ack(n, socket.conn.transport.name));
  });
}

export async function client({ open, next, log }) {
  const socket = open();
  await next(socket, "connect");
  for (const n of [1, 2, 3]) {
    const answer = await new Promise((resolve) => socket.emit("ask", n, (...values) => resolve(values)));
    log("ask", answer, socket.io.engine.transport.name);
  }
}
