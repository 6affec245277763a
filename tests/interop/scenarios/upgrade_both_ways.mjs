// Both sides send while the connection is being upgraded, the server without being asked: all arrives once, in order.

export const transports = ["upgrade"];

const ENOUGH = 200;

export function server(io, log) {
  io.on("connection", (socket) => {
    const received = [];
    let stopped = false;
    let sent = 0;
    const send = () => {
      if (stopped) return;
      for (let index = 0; index < 3; index += 1) {
        const data = sent % 7 ? `text ${sent}` : Buffer.from(`bytes ${sent}`);
        (sent % 2 ? io : socket).emit("n", sent, data);
        sent += 1;
      }
      setTimeout(send, 1); // At a pace that no client on a busy machine falls far behind.
    };
    socket.on("begin", send);
    socket.on("n", (n, data) => received.push([n, data.toString()]));
    socket.on("end", (ack) => {
      stopped = true;
      const inOrder = received.every(([n, data], index) => n === index && data === `data ${n}`);
      log("received", inOrder, received.length >= ENOUGH, socket.conn.transport.name);
      ack(sent);
    });
  });
}

export async function client({ open, next, log }) {
  const socket = open();
  await next(socket, "connect");
  const received = [];
  socket.on("n", (n, data) => received.push([n, data.toString()]));
  socket.emit("begin");
  let sent = 0;
  while (sent < ENOUGH || received.length < ENOUGH || socket.io.engine.transport.name === "polling") {
    for (let index = 0; index < 2; index += 1) {
      socket.emit("n", sent, sent % 5 ? `data ${sent}` : Buffer.from(`data ${sent}`));
      sent += 1;
    }
    await new Promise(setImmediate);
  }
  const total = await socket.emitWithAck("end");
  const inOrder = received.every(([n, data], index) => n === index && data === `${n % 7 ? "text" : "bytes"} ${n}`);
  log("received", inOrder, received.length === total, socket.io.engine.transport.name);
}
