// Rooms are still there in `disconnecting` and gone in `disconnect`; others hear of it in both.

const rooms = (socket) => [...socket.rooms].filter((room) => room !== socket.id).sort();

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.join(["a", "b"]);
    socket.on("disconnecting", (reason) => {
      log("disconnecting", reason, rooms(socket), socket.rooms.has(socket.id), socket.connected);
      for (const room of rooms(socket)) socket.to(room).emit("leaving", room);
    });
    socket.on("disconnect", (reason) => {
      log("disconnect", reason, rooms(socket), socket.rooms.size, socket.connected);
      io.to("a").emit("left", reason);
    });
    socket.on("out", () => socket.disconnect());
  });
}

export async function client({ connect, next, log }) {
  const stays = await connect();
  const tell = async () => {
    log("hears", await next(stays, "leaving"), await next(stays, "leaving"), await next(stays, "left"));
  };
  const leaves = await connect();
  leaves.disconnect();
  await tell();
  const thrown = await connect();
  thrown.emit("out");
  await tell();
  const closed = await connect();
  closed.io.engine.close();
  await tell();
}
