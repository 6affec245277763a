// Who hears what is said to rooms: union, exceptions, every member once, and the sender apart.

const heard = async (socket, nextOf) => {
  const news = [];
  for (;;) {
    const [name, what] = await nextOf(socket, "news", "mark");
    if (name === "mark") return news;
    news.push(what);
  }
};

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("join", (rooms, ack) => {
      socket.join(rooms);
      ack([...socket.rooms].filter((room) => room !== socket.id).sort());
    });
    socket.on("leave", (room, ack) => {
      socket.leave(room);
      ack([...socket.rooms].filter((room) => room !== socket.id).sort());
    });
    socket.on("say", () => {
      io.to("red").emit("news", "to red");
      io.in(["red", "blue"]).emit("news", "in red and blue");
      io.to("red").to("blue").except("green").emit("news", "red and blue, not green");
      io.except("blue").emit("news", "all but blue");
      io.except(["blue", "green"]).emit("news", "all but blue and green");
      io.to("nobody").emit("news", "to nobody");
      socket.to("red").emit("news", "others in red");
      socket.to("red").to("green").emit("news", "others in red and green");
      socket.broadcast.emit("news", "others");
      socket.except("green").emit("news", "others but green");
      socket.broadcast.to("blue").emit("news", "others in blue");
      socket.to(socket.id).emit("news", "nobody: it is the sender");
      io.to(socket.id).emit("news", "by id");
      socket.emit("news", "to it alone");
      io.emit("mark");
    });
  });
}

export async function client({ connect, nextOf, log }) {
  const sockets = { ann: await connect(), bob: await connect(), eve: await connect() };
  const { ann, bob, eve } = sockets;
  log("ann", await ann.emitWithAck("join", ["red", "blue"]));
  log("bob", await bob.emitWithAck("join", ["red"]));
  log("eve", await eve.emitWithAck("join", ["green", "blue", "green"]));
  const say = async (socket) => {
    socket.emit("say");
    for (const [name, each] of Object.entries(sockets)) log(`${name} heard`, await heard(each, nextOf));
  };
  await say(ann);
  log("ann", await ann.emitWithAck("leave", "red"));
  log("bob", await bob.emitWithAck("leave", "never joined"));
  await say(eve);
}
