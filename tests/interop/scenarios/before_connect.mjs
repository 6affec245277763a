// The first packet of a connection is something else than CONNECT: all but harmless ones close it.

export const transports = ["polling", "websocket"];

const PACKETS = [
  '2["x"]', '21["x"]', '2/two,["x"]', "1", "1/two,", '3["x"]', "3/two,0[]", '4{"message":"x"}', '51-["x",{"_placeholder":true,"num":0}]',
  "0/none,", "0/none", '0none{"a":1}', "", "7", Buffer.from([1]),
];

export function server(io, log) {
  io.of("/two");
  io.on("connection", () => log("here"));
}

export async function client({ engine, next, nextOf, log }) {
  for (const packet of PACKETS) {
    const raw = engine();
    await next(raw, "open");
    raw.write(packet);
    if (typeof packet === "string" && packet.startsWith("51")) raw.write(Buffer.from([1]));
    const [name, what] = await nextOf(raw, "message", "close");
    log("first", packet, name, name === "message" ? what.replace(/"sid":"[^"]*"/, '"sid":0') : "");
    if (name === "message") raw.close();
  }
}
