// Both sides ask each other at once, in two namespaces, with bytes; answers come out of order.

const COUNT = 20;

export function server(io, log) {
  for (const name of ["/", "/two"]) {
    io.of(name).on("connection", (socket) => {
      const held = [];
      socket.on("ask", (n, bytes, ack) => {
        held.push(() => ack({ n, from: name }, bytes));
        if (held.length % 2 === 0) held.splice(0).reverse().forEach((answer) => answer());
      });
      socket.on("start", async (ack) => {
        const asked = Array.from({ length: COUNT }, (_, n) => socket.emitWithAck("question", n, Buffer.from([n])));
        log("answers", name, await Promise.all(asked));
        ack();
      });
    });
  }
}

export async function client({ connect, log }) {
  const one = await connect();
  const two = await connect("/two", { over: one });
  const work = [];
  for (const socket of [one, two]) {
    const held = [];
    socket.on("question", (n, bytes, ack) => {
      held.push(() => ack(bytes.length ? bytes : n));
      if (held.length % 4 === 0) held.splice(0).reverse().forEach((answer) => answer());
    });
  }
  const ask = (socket, n) =>
    new Promise((resolve) => socket.emit("ask", n, { deep: [Buffer.from([n, n])] }, (...values) => resolve(values)));
  for (let n = 0; n < COUNT; n += 1) for (const socket of [one, two]) work.push(ask(socket, n));
  await one.emitWithAck("start");
  await two.emitWithAck("start");
  for (const answer of await Promise.all(work)) log("answer", ...answer);
}
