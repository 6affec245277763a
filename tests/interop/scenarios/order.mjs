// A thousand events each way keep their order, with and without bytes, to one and to all.

const COUNT = 1000;

export function server(io, log) {
  io.on("connection", (socket) => {
    const received = [];
    socket.on("n", (n) => received.push(n));
    socket.on("go", (ack) => {
      log("received", received.length, received.every((n, index) => n === index));
      for (let n = 0; n < COUNT; n += 1) {
        const to = n % 3 ? socket : io;
        to.emit("n", n, n % 50 ? "text" : Buffer.from(String(n)));
      }
      ack("sent");
    });
  });
}

export async function client({ connect, next, log }) {
  const socket = await connect();
  const received = [];
  socket.on("n", (n, data) => received.push([n, data.toString()]));
  for (let n = 0; n < COUNT; n += 1) socket.emit("n", n, n % 50 ? "text" : Buffer.from([n % 256]));
  log("go", await socket.emitWithAck("go"));
  // The ack comes after all of them.
  log("received", received.length, received.every(([n], index) => n === index));
  log("data", received.every(([n, data]) => data === (n % 50 ? "text" : String(n))));
}
