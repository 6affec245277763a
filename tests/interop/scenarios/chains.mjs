// Modifiers chained in every order, on a namespace and on a socket; what a chain gives can be kept and used again.

export function server(io, log) {
  const nsp = io.of("/chat");
  nsp.on("connection", (socket) => {
    socket.join(socket.handshake.auth.rooms);
    socket.on("say", (ack) => {
      nsp.emit("news", "all");
      nsp.to("a").in("b").emit("news", "a or b");
      nsp.in(["a", "b"]).to("c").except("b").emit("news", "a, b or c, not b");
      nsp.except("a").to("b").emit("news", "b, not a");
      nsp.except("a").except(["b", "c"]).emit("news", "none of a, b, c");
      nsp.local.to("a").emit("news", "a here");
      nsp.to("c").local.except("nobody").emit("news", "c here");
      socket.in("a").emit("news", "others in a");
      socket.to(["a", "b"]).to("c").except("b").emit("news", "others in a, b or c, not b");
      socket.broadcast.in("b").emit("news", "others in b");
      socket.broadcast.except("a").except("c").emit("news", "others, not in a or c");
      socket.except("b").to("a").local.emit("news", "others in a, not b");
      const kept = nsp.to("a");
      const others = kept.except(socket.id);
      for (const operator of [kept, others, kept.to("c"), kept]) operator.emit("news", "kept");
      ack();
    });
    socket.on("mark", (ack) => ack());
  });
}

export async function client({ connect, log }) {
  const heard = {};
  const sockets = [];
  for (const [name, ...rooms] of [["ann", "a", "b"], ["bob", "b"], ["eve", "a", "c"], ["joe"]]) {
    const socket = await connect("/chat", { auth: { rooms } });
    socket.on("news", (what) => heard[name].push(what));
    sockets.push(socket);
    heard[name] = [];
  }
  for (const socket of sockets) {
    await socket.emitWithAck("say");
    for (const other of sockets) await other.emitWithAck("mark");
    for (const name of Object.keys(heard)) log(name, heard[name].splice(0));
  }
}
