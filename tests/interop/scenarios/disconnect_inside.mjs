// What a handler logs around `disconnect()`, and when the handlers of the disconnect run.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("out", () => {
      log("before");
      socket.disconnect();
      log("behind", socket.connected, socket.rooms.size);
    });
    socket.on("disconnecting", () => log("disconnecting", socket.connected, socket.rooms.size));
    socket.on("disconnect", () => log("disconnect", socket.connected, socket.rooms.size));
  });
}

export async function client({ connect, next, log, server }) {
  const socket = await connect();
  socket.emit("out");
  log("out", (await next(socket, "disconnect"))[0]);
  await server("disconnect");
}
