// A message over `max_http_buffer_size` ends the connection of the client that sent it, and no other.

export const options = { maxHttpBufferSize: 2000 };

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("text", (text, ack) => ack(text.length));
  });
}

export async function client({ connect, next, log, server }) {
  const other = await connect();
  const text = await connect();
  log("fits", await text.emitWithAck("text", "x".repeat(1500)));
  text.emit("text", "x".repeat(2500));
  log("text", (await next(text, "disconnect"))[0]);
  await server("disconnected");
  const bytes = await connect();
  bytes.emit("text", Buffer.alloc(2500));
  log("bytes", (await next(bytes, "disconnect"))[0]);
  await server("disconnected");
  log("other", await other.emitWithAck("text", "fine"));
}
