// The client asks for acks: none, one, several values, null; at once, later, by hand, twice, never.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("nothing", (ack) => ack());
    socket.on("null", (ack) => ack(null));
    socket.on("one", (ack) => ack({ done: true }));
    socket.on("list", (ack) => ack([1, 2]));
    socket.on("several", (ack) => ack("a", null, [3]));
    socket.on("later", async (text, ack) => {
      await null;
      ack(text);
    });
    socket.on("by hand", (a, ack) => {
      log("asked", typeof ack === "function");
      if (!ack) return;
      ack(a, "first");
      ack(a, "second");
    });
    socket.on("never", (ack) => log("never"));
  });
}

export async function client({ connect, log, server }) {
  const socket = await connect();
  const ask = (...args) => new Promise((resolve) => socket.emit(...args, (...values) => resolve(values)));
  for (const event of ["nothing", "null", "one", "list", "several"]) log(event, ...(await ask(event)));
  log("later", await ask("later", "text"));
  log("by hand", await ask("by hand", 1));
  socket.emit("by hand", 2);
  await server("asked");
  await server("asked");
  const error = await socket.timeout(50).emitWithAck("never").catch((error) => error);
  log("never", error.message);
  log("still", await ask("one"));
}
