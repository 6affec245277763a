// A client's event named `error`, which is not reserved on the wire.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("error", (...values) => log("error", ...values));
    socket.on("end", (ack) => ack());
  });
}

export async function client({ connect, log }) {
  const socket = await connect();
  socket.emit("error", { not: "an error" });
  log("end", (await socket.emitWithAck("end")) ?? null);
}
