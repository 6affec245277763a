// Utilities for many sockets: rooms, who is there, and their end.

export function server(io, log) {
  const others = (socket) => [...socket.rooms].filter((room) => room !== socket.id).sort();
  const fetched = async (of) => {
    const sockets = await of.fetchSockets();
    const shown = sockets.map((socket) => [socket.data.name, others(socket), socket.handshake.auth.name]);
    return shown.sort();
  };
  io.on("connection", (socket) => {
    socket.data.name = socket.handshake.auth.name;
    socket.on("change", (ack) => {
      io.to("red").emit("news", "before");
      io.socketsJoin("all");
      io.to("all").socketsJoin(["red", "blue"]);
      io.to("red").emit("news", "behind");
      socket.broadcast.socketsLeave("red");
      io.in(socket.id).socketsLeave("blue");
      io.except("blue").socketsJoin("not blue");
      io.to("red").except("red").socketsJoin("nobody");
      io.to("red").emit("news", "red");
      io.to("blue").emit("news", "blue");
      io.emit("news", "end");
      ack();
    });
    socket.on("fetch", async (ack) => {
      log("all", await fetched(io));
      log("namespace", await fetched(io.of("/")));
      log("red", await fetched(io.to("red")));
      log("red or blue", await fetched(io.in(["red", "blue"])));
      log("not blue", await fetched(io.except("blue")));
      log("others", await fetched(socket.broadcast));
      log("local", await fetched(io.local));
      log("nobody", await fetched(io.to("nobody")), await fetched(io.of("/other")));
      log("ids", (await io.fetchSockets()).length, (await io.allSockets()).size, (await io.in("red").allSockets()).size);
      log("map", io.sockets.sockets.size, io.sockets.sockets.get(socket.id) === socket, io.sockets.sockets.has("x"));
      ack();
    });
    socket.on("each", async (ack) => {
      const answers = [];
      for (const each of await io.in("blue").fetchSockets()) {
        each.join("seen");
        each.leave("blue");
        each.emit("news", "to each");
        answers.push(await each.timeout(10_000).emitWithAck("name?"));
      }
      log("answers", answers.sort());
      log("seen", await fetched(io.to("seen")), await fetched(io.to("blue")));
      ack();
    });
    socket.on("end", () => {
      io.emit("news", "before the end");
      io.to("not blue").disconnectSockets();
      io.emit("news", `${io.sockets.sockets.size} are left`);
      io.disconnectSockets(true);
    });
    socket.on("disconnect", (reason) => log(`${socket.data.name} left`, reason));
  });
}

export async function client({ connect, next, server, log }) {
  const sockets = {};
  for (const name of ["ann", "bob", "eve"]) sockets[name] = await connect("/", { auth: { name } });
  const { ann, bob } = sockets;
  for (const [name, socket] of Object.entries(sockets)) socket.on("name?", (ack) => ack(name));
  await ann.emitWithAck("change");
  const hear = async (name) => {
    const heard = [];
    for (let what; what !== "end" && what !== "to each" && what !== "before the end"; heard.push(what)) [what] = await next(sockets[name], "news");
    log(`${name} heard`, heard);
  };
  for (const name of Object.keys(sockets)) await hear(name);
  await ann.emitWithAck("fetch");
  await ann.emitWithAck("each");
  for (const name of ["bob", "eve"]) await hear(name);
  ann.emit("end");
  for (const name of Object.keys(sockets)) {
    await hear(name);
    if (name !== "ann") log(`${name} heard`, await next(sockets[name], "news"));
    log(`${name} is disconnected`, (await next(sockets[name], "disconnect"))[0]);
  }
  for (const name of Object.keys(sockets)) await server(`${name} left`);
}
