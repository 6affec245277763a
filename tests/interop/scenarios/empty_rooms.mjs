// Broadcasts to a list of rooms that turns out to be empty.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("say", (ack) => {
      io.to([]).emit("news", "to no rooms");
      io.to([]).except([]).emit("news", "to no rooms, except in no rooms");
      io.except([]).emit("news", "except in no rooms");
      io.to([]).to(socket.id).emit("news", "to one room");
      socket.to([]).emit("news", "others in no rooms");
      ack();
    });
    socket.on("mark", (ack) => ack());
  });
}

export async function client({ connect, log }) {
  const one = await connect();
  const other = await connect();
  const heard = { one: [], other: [] };
  one.on("news", (what) => heard.one.push(what));
  other.on("news", (what) => heard.other.push(what));
  await one.emitWithAck("say");
  for (const socket of [one, other]) await socket.emitWithAck("mark");
  log("one", heard.one);
  log("other", heard.other);
}
