// Hundreds of rooms of one socket: what is said to all of them arrives once, and leaving some keeps the others.

const ROOMS = Array.from({ length: 400 }, (_, index) => `room ${index}`);
const EVEN = ROOMS.filter((_, index) => index % 2 === 0);

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("join", (count, ack) => {
      socket.join(ROOMS.slice(0, count));
      ack(socket.rooms.size);
    });
    socket.on("leave even", (ack) => {
      for (const room of EVEN) socket.leave(room);
      ack(socket.rooms.size);
    });
    socket.on("say", (ack) => {
      io.to(ROOMS).emit("news", "to all rooms");
      io.to(EVEN).emit("news", "to even rooms");
      io.to(ROOMS).except(EVEN).emit("news", "to all rooms, not even ones");
      io.except(ROOMS).emit("news", "to those in none");
      for (const room of ["room 0", "room 1", "room 399"]) io.to(room).emit("news", room);
      socket.to(ROOMS).emit("news", "to all rooms of others");
      ack();
    });
    socket.on("mark", (ack) => ack());
  });
}

export async function client({ connect, log }) {
  const sockets = [await connect(), await connect(), await connect()];
  const heard = sockets.map(() => []);
  sockets.forEach((socket, index) => socket.on("news", (what) => heard[index].push(what)));
  const say = async () => {
    await sockets[1].emitWithAck("say");
    for (const socket of sockets) await socket.emitWithAck("mark");
    heard.forEach((news, index) => log(`${index} heard`, news.splice(0)));
  };
  log("join", await sockets[0].emitWithAck("join", 400), await sockets[1].emitWithAck("join", 2));
  await say();
  log("leave", await sockets[0].emitWithAck("leave even"), await sockets[1].emitWithAck("leave even"));
  await say();
  sockets[0].disconnect();
  sockets[0].connect();
  await sockets[0].emitWithAck("mark");
  await say();
}
