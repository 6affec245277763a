// Several namespaces over one connection: ids, data, rooms and events of their own.

export function server(io, log) {
  for (const name of ["/", "/chat", "/news/today"]) {
    const nsp = io.of(name);
    nsp.use((socket, next) => {
      socket.data.from = name;
      next();
    });
    nsp.on("connection", (socket) => {
      socket.join("room");
      log("joined", socket.nsp.name, socket.data.from, socket.conn.id);
      socket.on("where", (ack) => {
        nsp.to("room").emit("here", name);
        ack(socket.nsp.name, socket.data.from);
      });
    });
  }
}

export async function client({ connect, next, log, server }) {
  const main = await connect();
  const chat = await connect("/chat", { over: main });
  const news = await connect("/news/today", { over: main });
  log("ids", new Set([main.id, chat.id, news.id]).size);
  for (const socket of [news, main, chat]) {
    log("where", socket.nsp, await socket.emitWithAck("where"), await next(socket, "here"));
  }
  chat.disconnect();
  log("left", await next(chat, "disconnect"), main.connected, news.connected);
  await server("disconnected");
  log("where", await news.emitWithAck("where"), await next(news, "here"));
  const before = chat.id;
  chat.connect();
  await next(chat, "connect");
  log("again", chat.id !== before, await chat.emitWithAck("where"), await next(chat, "here"));
}
