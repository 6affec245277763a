// The server waits for an answer of a client that leaves: without a time, and with one that is far off.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("ask me", () => {
      const say = (name) => () => log(name);
      socket.emitWithAck("question", 1).then(say("answered"), say("failed"));
      socket.timeout(60_000).emitWithAck("question", 2).then(say("answered"), say("failed"));
    });
    socket.on("disconnect", () => setImmediate(() => log("left")));
  });
}

export async function client({ connect, next, server, log }) {
  const socket = await connect();
  socket.emit("ask me");
  for (const n of [1, 2]) log("question", n, (await next(socket, "question"))[0]);
  socket.disconnect();
  await server("left");
}
