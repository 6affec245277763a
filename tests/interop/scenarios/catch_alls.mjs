// Catch-alls of a socket: their order, and how they are removed. In Node.js events of one batch overtake each other's
// listeners, so each waits for the one before.

const text = (values) => values.filter((value) => typeof value !== "function");

export function server(io, log) {
  io.on("connection", (socket) => {
    const twice = (event) => log("twice", event);
    socket.onAny((event, ...values) => log("any", event, ...text(values)));
    socket.onAny(twice);
    socket.prependAny((event) => log("first", event));
    socket.onAny(twice);
    socket.on("chat", (value, ack) => {
      log("listener", value);
      ack();
    });
    socket.on("error", () => log("error"));
    socket.on("off", (ack) => {
      socket.offAny(twice);
      log("left", socket.listenersAny().length);
      ack();
    });
    socket.on("none", (ack) => {
      socket.offAny();
      log("left", socket.listenersAny().length);
      ack();
    });
  });
}

export async function client({ connect, log }) {
  const socket = await connect();
  await socket.emitWithAck("chat", "one");
  socket.emit("unheard", 1, [2]);
  await socket.emitWithAck("off");
  await socket.emitWithAck("chat", "two");
  await socket.emitWithAck("none");
  await socket.emitWithAck("chat", "three");
  await socket.emitWithAck("none");
  log("end");
}
