// A `connection` handler puts the socket out again; with or without the whole connection.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.emit("welcome", "and goodbye");
    socket.disconnect(socket.handshake.auth.close);
    log("put out", socket.connected);
  });
}

export async function client({ open, next, log }) {
  for (const close of [false, true]) {
    const socket = open("/", { auth: { close } });
    await next(socket, "connect");
    log("welcome", await next(socket, "welcome"));
    log("out", (await next(socket, "disconnect"))[0], socket.connected);
  }
}
