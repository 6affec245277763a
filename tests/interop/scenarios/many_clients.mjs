// Ten clients at once, each over a connection of its own: everybody hears everything, in the order of its author.

const COUNT = 10;
const EACH = 6;

export function server(io, log) {
  let all = 0;
  io.on("connection", (socket) => {
    const { n } = socket.handshake.auth;
    socket.join(n % 2 ? "odd" : "even");
    socket.on("say", (index, data) => {
      io.emit("said", n, index, data);
      socket.to(n % 2 ? "odd" : "even").emit("said to kind", n, index);
      all += 1;
      if (all === COUNT * EACH) log("all said");
    });
    socket.on("end", (ack) => ack());
  });
}

export async function client({ connect, server, log }) {
  const sockets = [];
  for (let n = 0; n < COUNT; n += 1) sockets.push(await connect("/", { auth: { n } }));
  const heard = sockets.map(() => ({ said: new Map(), kind: new Map(), bytes: 0 }));
  const note = (map, n, index) => map.set(n, [...(map.get(n) ?? []), index]);
  sockets.forEach((socket, me) => {
    socket.on("said", (n, index, data) => {
      note(heard[me].said, n, index);
      heard[me].bytes += data.length;
    });
    socket.on("said to kind", (n, index) => note(heard[me].kind, n, index));
  });
  for (let index = 0; index < EACH; index += 1) {
    sockets.forEach((socket, n) => socket.emit("say", index, n % 3 ? "text" : Buffer.from([n, index])));
  }
  await server("all said");
  await Promise.all(sockets.map((socket) => socket.emitWithAck("end")));
  const inOrder = (map) => [...map.values()].every((list) => list.length === EACH && list.every((n, index) => n === index));
  for (const { said, kind, bytes } of heard) log("heard", said.size, inOrder(said), kind.size, inOrder(kind), bytes);
}
