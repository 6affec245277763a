// Modifiers in every order and on everything that has them.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("join", (room, ack) => {
      socket.join(room);
      ack();
    });
    socket.on("say", () => {
      const say = (of, what) => of.emit("news", what);
      say(io.compress(false), "io, compress");
      say(io.local, "io, local");
      say(io.timeout(100), "io, timeout");
      say(io.of("/").compress(true).local.timeout(100).to("room"), "namespace, all of them, to");
      say(io.to("room").compress(false).timeout(100).local.except("none"), "to, all of them");
      say(io.local.in(["room", "other"]).compress(true), "local, in");
      say(socket.compress(false), "socket, compress");
      say(socket.timeout(100), "socket, timeout");
      say(socket.compress(true).timeout(100), "socket, both");
      say(socket.timeout(100).to("room"), "socket, timeout, to");
      say(socket.compress(true).broadcast, "socket, compress, broadcast");
      say(socket.timeout(100).except("room"), "socket, timeout, except");
      say(socket.to("room").timeout(100).compress(true).local, "socket, to, all of them");
      io.send("io, send");
      io.of("/").send("namespace, send");
      socket.send("socket, send");
      io.emit("news", "end");
    });
  });
}

export async function client({ connect, nextOf, log }) {
  const sockets = { ann: await connect(), bob: await connect(), eve: await connect() };
  await sockets.ann.emitWithAck("join", "room");
  await sockets.bob.emitWithAck("join", "room");
  for (const sender of Object.values(sockets)) {
    sender.emit("say");
    for (const [name, socket] of Object.entries(sockets)) {
      const heard = [];
      while (heard.at(-1) !== "end") heard.push((await nextOf(socket, "news", "message"))[1]);
      log(name, heard);
    }
  }
}
