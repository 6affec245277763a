// What a client emits before it is connected is sent when it is, acks included.

export function server(io, log) {
  io.on("connection", (socket) => {
    log("here");
    socket.on("n", (n, ack) => {
      log("n", n);
      ack?.(n);
    });
  });
}

export async function client({ open, ready, next, log }) {
  const socket = open();
  for (const n of [1, 2, 3]) socket.emit("n", n);
  const answer = socket.emitWithAck("n", Buffer.from("four"));
  log("before", socket.connected);
  await ready(socket);
  log("answer", await answer);
  socket.disconnect();
  await next(socket, "disconnect");
  socket.emit("n", 5);
  socket.connect();
  await ready(socket);
  log("answer", await socket.emitWithAck("n", 6));
}
