// JSON nested deep, with bytes at the bottom: as deep as anyone nests, and deeper.

export const transports = ["polling", "websocket"];

const nested = (depth, bottom) => "[".repeat(depth) + bottom + "]".repeat(depth);

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("deep", (value) => {
      let depth = 0;
      for (let each = value; Array.isArray(each); each = each[0]) depth += 1;
      socket.emit("deep", depth, value);
    });
    socket.on("ask", (ack) => ack());
  });
}

export async function client({ probe, log }) {
  for (const depth of [1, 100, 510, 512]) {
    const [answer] = await probe([`2["deep",${nested(depth, 0)}]`]);
    log("deep", depth, answer.length, answer.slice(0, 20));
    const place = '{"_placeholder":true,"num":0}';
    const [head] = await probe([`51-["deep",${nested(depth, place)}]`, Buffer.from("bottom")]);
    log("binary", depth, head.length, head.slice(0, 20));
  }
}
