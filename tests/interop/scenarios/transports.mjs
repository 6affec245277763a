// The server knows its client's transport, and hears of the upgrade.

export function server(io, log) {
  io.on("connection", (socket) => {
    const { conn } = socket;
    log("at first", conn.transport.name);
    conn.on("upgrade", (transport) => log("upgraded", transport.name, conn.transport.name));
    socket.on("ask", (ack) => ack(conn.transport.name, conn.id));
  });
}

export async function client({ connect, log, server, transport }) {
  const socket = await connect();
  if (transport === "upgrade") await server("upgraded");
  const [name, id] = await new Promise((resolve) => socket.emit("ask", (...values) => resolve(values)));
  log("ask", name, id === socket.io.engine.id, socket.io.engine.transport.name);
}
