// A server that is gone: the client tries as often as it was told to, and can be started again by hand later.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("close", () => io.close());
  });
}

export async function client({ connect, next, log, server }) {
  const options = { reconnection: true, reconnectionAttempts: 3, reconnectionDelay: 1, reconnectionDelayMax: 1, timeout: 5000 };
  const socket = await connect("/", options);
  const events = [];
  for (const name of ["reconnect_attempt", "reconnect_error", "reconnect_failed", "reconnect"]) {
    socket.io.on(name, (what) => events.push([name, what instanceof Error ? what.message : what]));
  }
  const failed = new Promise((resolve) => socket.io.once("reconnect_failed", resolve));
  socket.emit("close");
  log("lost", (await next(socket, "disconnect"))[0], socket.active);
  await failed;
  await server("disconnected");
  for (const event of events) log(...event);
  log("end", socket.active, socket.connected, (await next(socket, "connect_error"))[0].type);
}
