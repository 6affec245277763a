// Ten attachments may come with an event; more close the connection.

const buffers = (count) => Array.from({ length: count }, (_, index) => Buffer.from([index]));

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("buffers", (list, ack) => ack(list.length));
  });
}

export async function client({ connect, next, log, server }) {
  const socket = await connect();
  log("ten", await socket.emitWithAck("buffers", buffers(10)));
  socket.emit("buffers", buffers(11));
  log("eleven", (await next(socket, "disconnect"))[0]);
  await server("disconnected");
}
