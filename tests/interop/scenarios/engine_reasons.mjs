// Why a socket leaves when its client breaks the rules of Engine.IO over WebSocket; some packets it may send in vain.

export const transports = ["websocket"];

const PACKETS = ["", "x", "7", "0", "1", "2", "2probe", "3", "3probe", "5", "6", "4", Buffer.from("4"), "bA", "bAQID", "4é".repeat(3)];

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("ask", (ack) => ack());
  });
}

export async function client({ websocket, next, nextOf, server, log }) {
  for (const packet of PACKETS) {
    const raw = websocket();
    for (const name of ["open", "message"]) await next(raw, name);
    raw.send("40");
    await next(raw, "message");
    raw.send(packet);
    raw.send('420["ask"]');
    const [name, what] = await nextOf(raw, "message", "close");
    log("packet", packet, name, what);
    raw.close();
    await server("disconnected");
  }
}
