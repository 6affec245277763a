// Packets that can't be decoded close the connection that sent them, with `forced close`.

const PACKETS = [
  '2"bad', "2[", "2{}", "9", "x", '2["disconnect"]', '2["connect"]', "2[null]", "1{}", "3{}", '51-', '5-["x"]',
  '511-["x"]', '51-["x",{"_placeholder":true,"num":1}]', '2["x"]2', '0"auth"', Buffer.from("alone"),
];

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("ask", (ack) => ack("fine"));
  });
  io.of("/two");
}

export async function client({ connect, next, log, server, transport }) {
  const other = await connect();
  // An upgrade takes its time; what is sent after it is a WebSocket's.
  for (const packet of transport === "upgrade" ? PACKETS.slice(0, 3) : PACKETS) {
    const socket = await connect();
    const two = await connect("/two", { over: socket });
    socket.io.engine.write(packet);
    if (typeof packet === "string" && packet.includes("_placeholder")) socket.io.engine.write(Buffer.from("one"));
    if (packet === "51-") socket.io.engine.write("2[]");
    for (const each of [socket, two]) log("closed", packet, (await next(each, "disconnect"))[0]);
    await server("disconnected");
    await server("disconnected");
  }
  log("other", await other.emitWithAck("ask"));
}
