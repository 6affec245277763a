// Events in both directions while the connection is being upgraded: all arrive, once, in order.

export const transports = ["upgrade"];

const COUNT = 300;

export function server(io, log) {
  io.on("connection", (socket) => {
    const received = [];
    socket.on("n", (n) => {
      received.push(n);
      socket.emit("n", n, Buffer.from([n % 256]));
    });
    socket.on("end", (ack) => {
      log("received", received.every((n, index) => n === index));
      ack();
    });
  });
}

export async function client({ open, next, log }) {
  const socket = open();
  await next(socket, "connect");
  const { engine } = socket.io;
  const received = [];
  socket.on("n", (n) => received.push(n));
  for (let n = 0; n < COUNT || engine.transport.name === "polling"; n += 1) {
    socket.emit("n", n);
    if (n % 10 === 9) await next(socket, "n");
  }
  await socket.emitWithAck("end");
  log("received", received.every((n, index) => n === index), engine.transport.name);
}
