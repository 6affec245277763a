// The client's `retries`: in order, given up after so many tries, and taken up again after a reconnect.

export function server(io, log) {
  const tries = new Map();
  io.on("connection", (socket) => {
    socket.on("n", (value, ack) => {
      const n = String(value);
      tries.set(n, (tries.get(n) ?? 0) + 1);
      log("n", value, tries.get(n));
      if (n === "lost" && tries.get(n) === 1) socket.disconnect(true);
      else if (n !== "never") ack(`took ${n}`);
    });
  });
}

const outcome = (promise) => promise.then((value) => ["answer", value], (error) => ["error", error.message]);

export async function client({ connect, ready, next, log }) {
  const socket = await connect("/", { retries: 2, ackTimeout: 1500 });
  const first = ["a", "never", "b"].map((n) => outcome(socket.emitWithAck("n", n)));
  for (const each of first) log("first", await each);
  const second = ["lost", "c"].map((n) => outcome(socket.emitWithAck("n", n)));
  log("lost", (await next(socket, "disconnect"))[0]);
  const third = outcome(socket.emitWithAck("n", Buffer.from("d")));
  socket.connect(); // Put out by the server, it does not come back by itself.
  await ready(socket);
  for (const each of [...second, third]) log("then", await each);
}
