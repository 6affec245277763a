// A socket's id is a room like any other: others may join it, and then count as the sender for its `to`.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("join", (room, ack) => {
      socket.join(room);
      ack(socket.rooms.has(room), socket.rooms.size);
    });
    socket.on("leave", (room, ack) => {
      socket.leave(room);
      ack(socket.rooms.has(room), socket.rooms.size);
    });
    socket.on("say", (id, ack) => {
      io.to(id).emit("news", "to the id");
      io.except(id).emit("news", "to all but the id");
      socket.to(id).emit("news", "to others in the id's room");
      socket.broadcast.emit("news", "to others");
      socket.emit("news", "to itself");
      ack();
    });
    socket.on("mark", (ack) => ack());
  });
}

export async function client({ connect, log }) {
  const sockets = { ann: await connect(), bob: await connect(), eve: await connect() };
  const { ann, bob, eve } = sockets;
  const heard = Object.fromEntries(Object.keys(sockets).map((name) => [name, []]));
  for (const [name, socket] of Object.entries(sockets)) socket.on("news", (what) => heard[name].push(what));
  const say = async (socket, id) => {
    await socket.emitWithAck("say", id);
    for (const each of Object.values(sockets)) await each.emitWithAck("mark");
    for (const name of Object.keys(sockets)) log(name, heard[name].splice(0));
  };
  const ask = (socket, ...args) => new Promise((resolve) => socket.emit(...args, (...values) => resolve(values)));
  log("join", await ask(bob, "join", ann.id));
  await say(ann, ann.id);
  await say(bob, ann.id);
  await say(eve, ann.id);
  log("leave", await ask(ann, "leave", ann.id));
  await say(ann, ann.id);
  log("leave", await ask(bob, "leave", ann.id));
  await say(eve, ann.id);
}
