// Handlers of a class, and of a router: on the wire they are as all others.

export function server(io, log) {
  const chat = io.of("/chat");
  let count = 0;
  chat.use((socket, next) => next(socket.handshake.auth.name ? undefined : new Error("no name")));
  chat.on("connection", (socket) => {
    socket.emit("welcome", socket.handshake.auth.name);
    socket.on("say", (text, ack) => {
      chat.emit("said", text);
      ack(++count);
    });
    socket.on("say twice", (text) => {
      for (let i = 0; i < 2; i++) chat.emit("said", text);
    });
    socket.on("disconnecting", (reason) => log("disconnecting", reason));
    socket.on("disconnect", (reason) => log("disconnect", reason));
  });
  for (const nsp of [io.sockets, chat]) {
    nsp.on("connection", (socket) => {
      log("in", socket.nsp.name);
      socket.on("ping me", (ack) => ack("pong", socket.nsp.name));
    });
  }
}

export async function client({ open, connect, next, log, server }) {
  log("refused", (await next(open("/chat"), "connect_error"))[0].message);
  const main = await connect();
  const chat = await connect("/chat", { over: main, auth: { name: "Ada" } });
  log("welcome", await next(chat, "welcome"));
  log("say", await chat.emitWithAck("say", "hi"), await chat.emitWithAck("say", "ho"));
  chat.emit("say twice", "ha");
  for (let i = 0; i < 4; i++) log("said", await next(chat, "said"));
  for (const socket of [main, chat]) {
    log("pong", await new Promise((resolve) => socket.emit("ping me", (...values) => resolve(values))));
  }
  chat.disconnect();
  await server("disconnect");
}
