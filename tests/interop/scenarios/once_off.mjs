// Listeners that are called once, are removed, or are added late, on both sides.

export function server(io, log) {
  io.on("connection", (socket) => {
    const first = (n) => log("first", n);
    socket.on("n", first);
    socket.on("n", (n) => log("second", n));
    socket.once("n", (n) => log("once", n));
    socket.on("off", (ack) => {
      socket.off("n", first);
      ack();
    });
    socket.on("late", (ack) => {
      socket.on("later", (n) => log("later", n));
      ack();
    });
    socket.on("sync", (ack) => {
      for (const n of [1, 2, 3]) socket.emit("m", n);
      ack();
    });
  });
}

export async function client({ connect, log }) {
  const socket = await connect();
  const heard = (n) => log("heard", n);
  socket.on("m", heard);
  socket.once("m", (n) => log("once", n));
  socket.emit("n", 1);
  socket.emit("n", 2);
  await socket.emitWithAck("off");
  socket.emit("n", 3);
  socket.emit("later", "too early");
  await socket.emitWithAck("late");
  socket.emit("later", "in time");
  await socket.emitWithAck("sync");
  socket.off("m", heard);
  await socket.emitWithAck("sync");
}
