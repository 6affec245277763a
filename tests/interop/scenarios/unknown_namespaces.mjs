// A client asks for one namespace after the other that is not there.

export const transports = ["polling", "websocket"];

export function server(io, log) {
  io.on("connection", (socket) => socket.on("ask", (ack) => ack()));
}

export async function client({ engine, next, nextOf, log }) {
  const raw = engine();
  await next(raw, "open");
  for (let n = 1; n <= 101; n += 1) {
    raw.write(`0/unknown ${n},`);
    const [name, what] = await nextOf(raw, "message", "close");
    if (n > 98) log("unknown", n, name === "message" ? what : name);
  }
  raw.close();
}
