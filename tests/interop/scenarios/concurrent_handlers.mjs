// A handler that waits holds up neither later events of its socket nor those of others.

export function server(io, log) {
  let release;
  const gate = new Promise((resolve) => (release = resolve));
  io.on("connection", (socket) => {
    socket.on("slow", async (n, ack) => {
      log("slow begins", n);
      await gate;
      log("slow ends", n);
      ack(`slow ${n}`);
    });
    socket.on("fast", (ack) => {
      log("fast");
      ack("fast");
    });
    socket.on("release", () => release());
  });
}

export async function client({ connect, log }) {
  const [one, two] = [await connect(), await connect()];
  const slow = [];
  for (const n of [1, 2, 3]) slow.push(one.emitWithAck("slow", n).then((answer) => log("answer", answer)));
  log("answer", await one.emitWithAck("fast"));
  log("answer", await two.emitWithAck("fast"));
  two.emit("release");
  await Promise.all(slow);
}
