// Namespaces are joined, left and asked while the connection is being upgraded.

export const transports = ["upgrade"];

const COUNT = 30;

export function server(io, log) {
  for (let n = 0; n < COUNT; n += 1) {
    const nsp = io.of(`/${n}`);
    nsp.use((socket, next) => setImmediate(next));
    nsp.on("connection", (socket) => {
      socket.emit("hello", n, Buffer.from([n]));
      socket.on("ask", (data, ack) => ack(n, data));
    });
  }
}

export async function client({ open, upgraded, next, log }) {
  const main = open();
  await next(main, "connect");
  const work = [];
  for (let n = 0; n < COUNT; n += 1) {
    const socket = open(`/${n}`, { over: main });
    const answer = new Promise((resolve) => socket.emit("ask", Buffer.from("?"), (...values) => resolve(values)));
    work.push(Promise.all([next(socket, "hello"), answer]));
    if (n % 5 === 4) await work.at(-1);
  }
  await upgraded(main);
  for (const answers of await Promise.all(work)) log("answers", answers);
  log("upgraded", main.io.engine.transport.name);
}
