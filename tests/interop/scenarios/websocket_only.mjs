// A server without polling: only a client that tries all its transports, or WebSocket first, comes in.

export const options = { transports: ["websocket"] };

export function server(io, log) {
  io.on("connection", (socket) => {
    log("here", socket.conn.transport.name);
    socket.on("ask", (ack) => ack(socket.conn.transport.name));
  });
}

export async function client({ open, next, nextOf, log, transport }) {
  const plain = open();
  const [name, error] = await nextOf(plain, "connect", "connect_error");
  log("plain", name, error?.message);
  if (transport === "websocket") log("ask", await plain.emitWithAck("ask"), plain.io.engine.transport.name);
  const all = open("/", { transports: ["polling", "websocket"], tryAllTransports: true });
  await next(all, "connect");
  log("all", await all.emitWithAck("ask"), all.io.engine.transport.name);
}
