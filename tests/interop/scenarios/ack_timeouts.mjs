// The client's `ackTimeout` and `timeout()`: answers in time, too late and never, of one event while others go on.

export function server(io, log) {
  const late = [];
  io.on("connection", (socket) => {
    socket.on("now", (n, ack) => ack(n));
    socket.on("late", (n, ack) => {
      log("late", n);
      late.push(() => ack(n));
    });
    socket.on("never", (n) => log("never", n));
    socket.on("answer", (ack) => {
      log("answering", late.length);
      late.splice(0).forEach((answer) => answer());
      ack();
    });
  });
}

const outcome = (promise) => promise.then((value) => ["answer", value], (error) => ["error", error.message]);

export async function client({ connect, log, server }) {
  const socket = await connect("/", { ackTimeout: 500 });
  log("now", await outcome(socket.emitWithAck("now", 1)));
  log("late", await outcome(socket.emitWithAck("late", 2)));
  log("never", await outcome(socket.timeout(60).emitWithAck("never", 3)));
  const [error, ...values] = await new Promise((resolve) => socket.timeout(60).emit("late", 4, (...all) => resolve(all)));
  log("late", error instanceof Error, error.message, values);
  await server("late");
  await server("late");
  await socket.timeout(10_000).emitWithAck("answer");
  log("in time", await outcome(socket.timeout(10_000).emitWithAck("now", 5)));
  const many = [1, 2, 3].map((n) => socket.timeout(10_000).emitWithAck("late", n));
  for (const _ of many) await server("late");
  await socket.timeout(10_000).emitWithAck("answer");
  log("many", await Promise.all(many));
}
