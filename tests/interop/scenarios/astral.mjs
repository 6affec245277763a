// Characters of one to four bytes that fall on every boundary: of frames, of reads, of base64 and of UTF-16.

const TEXT = "a\u00e9\u65e5\u{1f469}";

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("text", (text, ack) => {
      socket.emit("bytes", Buffer.from(text), { [[...text].slice(0, 40).join("")]: text });
      ack(text, text.length);
    });
  });
}

export async function client({ connect, next, log }) {
  const socket = await connect();
  for (const shift of [0, 1, 2, 3]) {
    for (const count of [1, 40, 6_600]) {
      const text = "x".repeat(shift) + TEXT.repeat(count);
      const [answer, length] = await new Promise((resolve) => socket.emit("text", text, (...values) => resolve(values)));
      const [bytes, object] = await next(socket, "bytes");
      log("text", shift, count, answer === text, length === text.length, bytes.toString() === text, Object.values(object)[0] === text);
      log("key", Object.keys(object)[0]);
    }
  }
}
