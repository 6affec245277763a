// What `disconnecting` handlers do to the rooms and the data of a socket is what its client comes back to.

export const options = { connectionStateRecovery: {} };

export function server(io, log) {
  io.on("connection", (socket) => {
    log("rooms", socket.recovered, [...socket.rooms].filter((room) => room !== socket.id).sort());
    log("data", socket.data);
    socket.on("enter", (ack) => {
      socket.join(["red", "green"]);
      socket.data.name = "ann";
      io.emit("news", "all");
      ack();
    });
    socket.on("say", (ack) => {
      for (const room of ["red", "green", "blue"]) io.to(room).emit("news", room);
      ack();
    });
    socket.on("disconnecting", () => {
      socket.leave("red");
      socket.join("blue");
      socket.data.left = (socket.data.left ?? 0) + 1;
    });
    socket.on("disconnect", () => {
      socket.join("yellow");
      socket.data.gone = true;
    });
  });
}

export async function client({ connect, next, server, log }) {
  const speaker = await connect();
  const socket = await connect();
  await socket.emitWithAck("enter");
  log("news", (await next(socket, "news"))[0]);
  for (let round = 0; round < 2; round++) {
    socket.io.engine.close();
    await next(socket, "disconnect");
    await server("disconnected");
    await speaker.emitWithAck("say");
    socket.connect();
    await next(socket, "connect");
    log("recovered", socket.recovered);
    for (let each = 0; each < 2; each++) log("missed", (await next(socket, "news"))[0]);
  }
}
