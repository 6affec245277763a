// What an adapter in memory tells of rooms, and when: before or after a socket's handlers.

const NAMES = ["create-room", "join-room", "leave-room", "delete-room"];

// Ids of sockets are rooms too.
const shown = (room) => (room.length === 20 ? "its own" : room);

export function server(io, log) {
  for (const name of NAMES) {
    io.of("/").adapter.on(name, (room, id) => log(name.replace("-", "_"), shown(room), id === undefined ? 0 : 1));
  }
  io.use((socket, next) => {
    if (socket.handshake.auth.refused) {
      socket.join("refused");
      next(new Error("no"));
    } else {
      next();
    }
  });
  io.on("connection", (socket) => {
    log("connection");
    socket.on("disconnecting", () => log("disconnecting"));
    socket.on("join", (rooms, ack) => {
      socket.join(rooms);
      ack();
    });
    socket.on("leave", (room, ack) => {
      socket.leave(room);
      ack();
    });
    socket.on("all", (ack) => {
      io.socketsJoin(["x", "y"]);
      io.in("x").socketsLeave(["y", "z"]);
      io.in("blue").socketsLeave("x");
      ack();
    });
  });
}

export async function client({ connect, open, next, log, server }) {
  const socket = await connect();
  await socket.emitWithAck("join", "red");
  await socket.emitWithAck("join", "red");
  await socket.emitWithAck("join", ["red", "blue"]);
  await socket.emitWithAck("leave", "red");
  await socket.emitWithAck("leave", "red");
  const other = await connect();
  await other.emitWithAck("join", "blue");
  await other.emitWithAck("all");
  other.disconnect();
  await server("disconnected");
  const refused = open("/", { auth: { refused: true } });
  log("refused", (await next(refused, "connect_error"))[0].message);
}
