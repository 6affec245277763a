// What a client has sent behind the event in whose handler the server disconnects it.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("out", (how) => {
      log("out", how);
      if (how === "itself") socket.disconnect();
      if (how === "by its room") io.in(socket.id).disconnectSockets();
      if (how === "with its connection") socket.disconnect(true);
    });
    socket.on("more", (n) => log("more", n));
  });
}

export async function client({ connect, next, log, server }) {
  for (const how of ["itself", "by its room", "with its connection"]) {
    const socket = await connect();
    socket.emit("out", how);
    socket.emit("more", 1);
    socket.emit("more", 2);
    log("out", how, (await next(socket, "disconnect"))[0]);
    await server("disconnected");
  }
}
