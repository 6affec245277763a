// What a server says before the client's first event: in a middleware, and in `connection` handlers.

export function server(io, log) {
  io.use((socket, next) => {
    socket.emit("early", "before it is connected");
    socket.join("early birds");
    next();
  });
  io.on("connection", (socket) => {
    socket.emit("hello", 1, Buffer.from([1]));
    socket.join("room");
    io.to("room").emit("hello", 2);
    io.to("early birds").emit("hello", 3);
    io.emit("hello", 4);
    socket.broadcast.emit("newcomer");
  });
  io.on("connection", async (socket) => {
    log("answer", await socket.emitWithAck("question"));
    socket.emit("end");
  });
}

export async function client({ open, ready, next, log }) {
  const heard = { first: [], second: [] };
  const first = open();
  first.on("connect", () => heard.first.push("connect"));
  first.onAny((...event) => heard.first.push(event));
  first.on("question", (ack) => ack("yes"));
  await ready(first);
  await next(first, "end");
  const second = open();
  second.on("connect", () => heard.second.push("connect"));
  second.onAny((...event) => heard.second.push(event));
  second.on("question", (ack) => ack("no"));
  await ready(second);
  await next(second, "end");
  await next(first, "newcomer");
  for (const event of heard.first) log("first", event);
  for (const event of heard.second) log("second", event);
}
