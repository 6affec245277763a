// The server puts sockets out from everywhere: by id, from another's handler, in an ack, twice, with and without close.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("put out", (id, close) => {
      io.sockets.sockets.get(id).disconnect(close);
    });
    socket.on("ask me", () => {
      socket.emit("question", (answer) => {
        log("answer", answer);
        socket.disconnect();
      });
    });
    socket.on("twice", (close) => {
      socket.disconnect();
      socket.disconnect(close);
    });
    socket.on("ask", (ack) => ack("fine"));
  });
  io.of("/two").on("connection", (socket) => socket.on("ask", (ack) => ack("fine in two")));
}

export async function client({ connect, polling, next, server, log }) {
  const other = await connect();
  for (const close of [false, true]) {
    const one = await connect();
    const two = await connect("/two", { over: one });
    await polling(one);
    other.emit("put out", one.id, close);
    log("put out", (await next(one, "disconnect"))[0]);
    await server("disconnected");
    if (close) {
      log("both", (await next(two, "disconnect"))[0]);
      await server("disconnected");
    } else {
      log("two", await two.emitWithAck("ask"));
    }
  }
  const asked = await connect();
  asked.on("question", (answer) => answer("yes"));
  asked.emit("ask me");
  log("asked", (await next(asked, "disconnect"))[0]);
  await server("disconnected");
  for (const close of [false, true]) {
    const twice = await connect();
    twice.emit("twice", close);
    log("twice", (await next(twice, "disconnect"))[0]);
    await server("disconnected");
  }
  log("other", await other.emitWithAck("ask"));
}
