// Messages of exactly the size that is allowed, and of one byte more.

export const transports = ["polling", "websocket"];
export const options = { maxHttpBufferSize: 1000 };

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("text", (text) => socket.emit("got", text.length));
  });
}

// The type of the Engine.IO packet counts.
const sized = (bytes, filler) => {
  const head = '2["text","';
  const rest = bytes - 1 - head.length - '"]'.length;
  return `${head}${"x".repeat(rest % Buffer.byteLength(filler))}${filler.repeat(rest / Buffer.byteLength(filler))}"]`;
};

export async function client({ engine, next, nextOf, server, log }) {
  for (const filler of ["x", "é", "👩"]) {
    for (const bytes of [999, 1000, 1001]) {
      const raw = engine();
      await next(raw, "open");
      raw.write("0");
      await next(raw, "message");
      const packet = sized(bytes, filler);
      raw.write(packet);
      const [name, what] = await nextOf(raw, "message", "close");
      log("size", filler, Buffer.byteLength(packet) + 1, name === "message" ? what : name);
      raw.close();
      await server("disconnected");
    }
  }
}
