// Who leaves is among the sockets of its namespace while `disconnecting` handlers run, and not in `disconnect`.

export function server(io, log) {
  const found = [];
  const count = (label, socket) => {
    const of = [io, io.to("a"), io.to(socket.id), io.except("b"), io.except("a")];
    const fetched = Promise.all(of.map((each) => each.fetchSockets()));
    const ids = Promise.all(of.map((each) => each.allSockets()));
    found.push(async () => log(label, (await fetched).map((list) => list.length), (await ids).map((set) => set.size).slice(0, 3)));
  };
  io.on("connection", (socket) => {
    socket.on("tell", async (ack) => {
      for (const each of found.splice(0)) await each();
      ack();
    });
    if (socket.handshake.auth.stays) return;
    socket.join("a");
    socket.on("disconnecting", () => count("disconnecting", socket));
    socket.on("disconnect", () => count("disconnect", socket));
    socket.on("out", () => socket.disconnect());
  });
}

export async function client({ connect, server }) {
  const stays = await connect("/", { auth: { stays: true } });
  const left = async () => {
    await server("disconnected");
    await stays.emitWithAck("tell");
  };
  (await connect()).disconnect();
  await left();
  (await connect()).emit("out");
  await left();
  (await connect()).io.engine.close();
  await left();
}
