// Volatile events behind others in one handler, to a client that has nothing unread.

export const transports = ["websocket"];

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("go", (ack) => {
      socket.emit("n", "not volatile");
      socket.volatile.emit("n", "volatile, behind it");
      io.volatile.emit("n", "volatile, to all");
      ack();
    });
  });
}

export async function client({ connect, log }) {
  const socket = await connect();
  const heard = [];
  socket.on("n", (what) => heard.push(what));
  await socket.emitWithAck("go");
  log("heard", heard);
}
