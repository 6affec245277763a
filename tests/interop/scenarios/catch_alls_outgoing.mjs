// Catch-alls of what a socket is sent: its own emits and the broadcasts that reach it, but no acks.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("watch", (ack) => {
      socket.join("room");
      socket.onAnyOutgoing((event, ...values) => log("sent", event, ...values));
      socket.prependAnyOutgoing((event) => {
        log("first", event);
        if (event === "two") socket.emit("before two");
      });
      log("watched", socket.listenersAnyOutgoing().length);
      ack("an ack");
    });
    socket.on("send", (ack) => {
      socket.emit("one", 1, { a: [true] });
      socket.emit("two");
      socket.send("three");
      socket.timeout(10000).emit("asks", () => {});
      socket.broadcast.emit("not to itself");
      io.emit("all", 1);
      io.to("room").emit("room");
      io.except("room").emit("not to the room");
      io.to("elsewhere").emit("not there");
      ack();
    });
    socket.on("stop", (ack) => {
      socket.offAnyOutgoing();
      socket.emit("unseen");
      ack();
    });
  });
}

export async function client({ connect, log }) {
  const socket = await connect();
  const other = await connect();
  const heard = [];
  socket.onAny((event) => heard.push(event));
  log("watch", await socket.emitWithAck("watch"));
  await socket.emitWithAck("send");
  await socket.emitWithAck("stop");
  log("heard", heard);
  other.emit("end");
}
