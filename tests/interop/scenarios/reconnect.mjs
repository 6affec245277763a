// The connection ends from the server's side; the client comes back by itself and sends what it kept.

export function server(io, log) {
  io.on("connection", (socket) => {
    log("here", socket.handshake.auth);
    socket.on("kept", (n) => log("kept", n));
    socket.on("ask", (ack) => ack("fine"));
  });
}

export async function client({ connect, next, upgraded, log, server }) {
  const options = { reconnection: true, reconnectionDelay: 10, randomizationFactor: 0 };
  const socket = await connect("/", { ...options, auth: { user: "ann" } });
  for (const n of [1, 2]) {
    const before = socket.id;
    socket.io.engine.write('2"bad');
    log("lost", (await next(socket, "disconnect"))[0], socket.active, socket.connected);
    await server("disconnected");
    socket.emit("kept", n);
    socket.emit("kept", n + 0.5);
    await next(socket, "connect");
    await upgraded(socket);
    log("back", socket.id !== before, socket.recovered, await socket.emitWithAck("ask"));
  }
}
