// Several handlers of one event run in the order of registration; the first that answers does so.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("one", () => log("first"));
    socket.on("one", (ack) => {
      log("second");
      ack("second");
    });
    socket.on("one", (ack) => {
      log("third");
      ack("third");
    });
    socket.once("once", (n, ack) => ack("once", n));
    socket.on("once", (n, ack) => ack("always", n));
    socket.on("later", async (n, ack) => {
      await new Promise(setImmediate);
      ack("slow", n);
    });
    socket.on("later", (n, ack) => ack("fast", n));
    socket.on("gone", (ack) => {
      socket.removeAllListeners("one");
      ack();
    });
    socket.on("end", (ack) => ack("end"));
  });
}

export async function client({ connect, log }) {
  const socket = await connect();
  const ask = (...args) => new Promise((resolve) => socket.emit(...args, (...values) => resolve(values)));
  log("one", await ask("one"));
  log("once", await ask("once", 1), await ask("once", 2));
  log("later", await ask("later", 3));
  await ask("gone");
  socket.emit("one", () => log("this never comes"));
  log("end", await ask("end"));
}
