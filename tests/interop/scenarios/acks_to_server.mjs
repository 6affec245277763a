// The server asks for acks: the first value, all of them, in callbacks, and not in time.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("start", async (ack) => {
      log("one", await socket.emitWithAck("one", 1));
      log("first", await socket.emitWithAck("several"));
      log("none", (await socket.emitWithAck("none")) ?? null);
      log("in time", await socket.timeout(10_000).emitWithAck("one", 2));
      await new Promise((resolve) => {
        socket.emit("several", (...values) => resolve(log("callback", values)));
      });
      await new Promise((resolve) => {
        socket.timeout(10_000).emit("one", 3, (error, ...values) => resolve(log("callback", error, values)));
      });
      ack();
    });
    socket.on("start late", async () => {
      await socket.timeout(50).emitWithAck("late").catch(() => log("too late"));
      socket.timeout(50).emit("late", (error, ...values) => log("too late too", error instanceof Error, values));
    });
    socket.on("end", (ack) => ack());
  });
}

export async function client({ connect, next, log, server }) {
  const socket = await connect();
  socket.on("one", (value, ack) => ack({ value }));
  socket.on("several", (ack) => ack("a", "b", null));
  socket.on("none", (ack) => ack());
  await socket.emitWithAck("start");
  socket.emit("start late");
  for (const label of ["too late", "too late too"]) {
    const [answer] = await next(socket, "late");
    await server(label);
    answer("nobody waits for this");
  }
  await socket.emitWithAck("end");
  log("end");
}
