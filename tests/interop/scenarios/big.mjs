// Messages close to the limit in both directions, and answers larger than it.

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("text", (text, ack) => {
      log("text", text.length);
      ack(text + text);
    });
    socket.on("bytes", (bytes, ack) => {
      log("bytes", bytes.length);
      socket.emit("bytes", Buffer.concat([bytes, bytes]), bytes);
      ack(bytes);
    });
    socket.on("many", (list, ack) => ack(list.length, list));
  });
}

export async function client({ connect, next, log }) {
  const socket = await connect();
  const text = "aé日👩".repeat(80_000);
  const answer = await socket.emitWithAck("text", text);
  log("text", answer === text + text, answer);
  const bytes = Buffer.from(Uint8Array.from({ length: 700_000 }, (_, index) => index % 251));
  log("bytes", await socket.emitWithAck("bytes", bytes), await next(socket, "bytes"));
  const list = Array.from({ length: 50_000 }, (_, index) => ({ index }));
  log("many", await socket.emitWithAck("many", list));
}
