// The client's own `retries`: each event waits for its ack, and is sent again when none comes.

export function server(io, log) {
  const seen = new Set();
  io.on("connection", (socket) => {
    socket.on("n", (n, ack) => {
      const again = seen.has(n);
      log("n", n, again);
      seen.add(n);
      // The first time it forgets to answer even numbers.
      if (again || n % 2) ack(`took ${n}`);
    });
  });
}

export async function client({ connect, log }) {
  const socket = await connect("/", { retries: 2, ackTimeout: 500 });
  const answers = [1, 2, 3, 4].map((n) => socket.emitWithAck("n", n));
  log("answers", await Promise.all(answers));
}
