// Who leaves is put into rooms, and taken out of them, with all others while its `disconnecting` handlers run.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.join("a");
    socket.on("disconnecting", () => {
      io.to("a").socketsJoin("b");
      io.socketsLeave("a");
      log("left", ["a", "b"].filter((room) => socket.rooms.has(room)));
    });
  });
}

export async function client({ connect, server }) {
  (await connect()).disconnect();
  await server("left");
  (await connect()).io.engine.close();
  await server("left");
}
