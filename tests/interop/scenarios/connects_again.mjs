// A client asks for its namespace again while a middleware still thinks about it.

export function server(io, log) {
  let decide;
  const decided = new Promise((resolve) => (decide = resolve));
  io.of("/slow").use(async (socket, next) => {
    log("asked");
    await decided;
    next();
  });
  io.of("/slow").on("connection", (socket) => {
    log("joined");
    socket.on("hello", (ack) => ack("hello"));
  });
  io.on("connection", (socket) => {
    socket.on("decide", (ack) => {
      decide();
      ack();
    });
  });
}

export async function client({ connect, open, next, server, log }) {
  const socket = await connect();
  const asks = open("/slow", { over: socket });
  await server("asked");
  asks.connect();
  await socket.emitWithAck("decide"); // It comes behind the second CONNECT.
  await next(asks, "connect");
  log("hello", await asks.emitWithAck("hello"));
}
