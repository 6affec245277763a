// What a socket is while its middlewares run: it can't be disconnected, and rooms know it, but the namespace does not.

export function server(io, log) {
  const { adapter, sockets } = io.of("/");
  io.use(async (socket, next) => {
    const { id } = socket;
    log("before", adapter.rooms.size, adapter.sids.has(id), [...socket.rooms]);
    socket.join("early");
    log("early", adapter.rooms.get("early").size, [...adapter.sids.get(id)], [...socket.rooms]);
    log("reached", (await adapter.sockets(new Set(["early"]))).size, sockets.has(id), sockets.size);
    socket.disconnect();
    socket.disconnect(true);
    socket.leave("nowhere");
    log("still", socket.connected, socket.disconnected, [...socket.rooms]);
    next(socket.handshake.auth.bad ? new Error("no") : undefined);
  });
  io.on("connection", (socket) => {
    const { id } = socket;
    log("joined", adapter.rooms.size, adapter.rooms.get("early").size, adapter.rooms.has(id), sockets.has(id));
    log("in", adapter.sids.get(id).size, socket.rooms.size, sockets.size);
  });
}

export async function client({ open, connect, next, log }) {
  const [error] = await next(open("/", { auth: { bad: true } }), "connect_error");
  log("refused", error.message);
  await connect();
  await connect();
}
