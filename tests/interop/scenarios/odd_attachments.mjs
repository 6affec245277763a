// Numbers of attachments and places that JavaScript takes for numbers, or for a place, and a place that is named twice.

export const transports = ["polling", "websocket"];

const PLACE = '{"_placeholder":true,"num":0}';
const HEADS = [
  `51e0-["x",${PLACE}]`,
  '51-["x",{"_placeholder":true,"num":0.0}]',
  `51-["x",${PLACE},${PLACE}]`,
];

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("x", (value) => socket.emit("got", String(value)));
    socket.on("ask", (ack) => ack());
  });
}

export async function client({ probe, log }) {
  for (const head of HEADS) log("head", head, await probe([head, Buffer.from("bytes")]));
}
