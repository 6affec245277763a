// Middlewares refuse with a message, with data, or let the client in; a refused one may try again.

export function server(io, log) {
  io.use((socket, next) => {
    log("first", socket.handshake.auth, socket.connected);
    socket.data.user = socket.handshake.auth.user;
    next();
  });
  io.use(async (socket, next) => {
    await null;
    const { user } = socket.data;
    if (user === "ann") return next();
    const error = new Error(user ? "not you" : "not authorized");
    if (user) error.data = { user, retry: [1, null, { after: 2.5 }] };
    next(error);
  });
  io.on("connection", (socket) => log("in", socket.data.user, socket.connected));
}

export async function client({ open, ready, next, log }) {
  const socket = open("/");
  const refused = async () => {
    const [error] = await next(socket, "connect_error");
    log("refused", error instanceof Error, error.message, error.data, socket.active);
  };
  await refused();
  socket.auth = { user: "bob" };
  socket.connect();
  await refused();
  socket.auth = { user: "ann" };
  socket.connect();
  await ready(socket);
  log("in");
}
