// A server without WebSocket: clients that may poll stay with that, and one that tries WebSocket first comes to it.

export const options = { transports: ["polling"] };

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
  if (transport !== "websocket") log("ask", await plain.emitWithAck("ask"), plain.io.engine.transport.name);
  const all = open("/", { transports: ["websocket", "polling"], tryAllTransports: true });
  await next(all, "connect");
  log("all", await all.emitWithAck("ask"), all.io.engine.transport.name);
}
