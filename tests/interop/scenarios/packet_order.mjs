// An event whose packet middleware waits, and one behind it whose does not.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.use(async ([event], next) => {
      if (event === "slow") await socket.emitWithAck("who");
      next();
    });
    socket.on("slow", () => log("handled", "slow"));
    socket.on("fast", () => log("handled", "fast"));
  });
}

export async function client({ connect, server }) {
  const socket = await connect();
  let answer;
  socket.on("who", (ack) => (answer = ack));
  const asked = new Promise((resolve) => socket.once("who", resolve));
  socket.emit("slow");
  socket.emit("fast");
  await asked;
  answer();
  await server("handled");
  await server("handled");
}
