// A client that reconnects asks its `auth` function each time; one that is refused tries again by hand.

export function server(io, log) {
  io.use((socket, next) => {
    const { attempt, token } = socket.handshake.auth;
    log("auth", attempt, token);
    next(token === "old" ? new Error("expired") : undefined);
  });
  io.on("connection", (socket) => {
    socket.on("ask", (ack) => ack(socket.handshake.auth.attempt));
  });
}

export async function client({ open, ready, next, server, log }) {
  let attempt = 0;
  let token = "new";
  const options = { reconnection: true, reconnectionDelay: 1, reconnectionDelayMax: 1, randomizationFactor: 0 };
  const auth = async (answer) => {
    if (attempt && token !== "newer") await server("disconnected"); // The server may hear of the loss later.
    answer({ attempt: ++attempt, token });
  };
  const socket = open("/", { ...options, auth });
  const attempts = [];
  socket.io.on("reconnect_attempt", (n) => attempts.push(n));
  socket.io.on("reconnect", (n) => attempts.push(`done ${n}`));
  await ready(socket);
  log("ask", await socket.emitWithAck("ask"));
  for (const lost of [1, 2]) {
    socket.io.engine.close();
    log("lost", lost, (await next(socket, "disconnect"))[0], socket.active);
    const kept = socket.emitWithAck("ask");
    await ready(socket);
    log("back", await kept, attempts.splice(0));
  }
  token = "old";
  socket.io.engine.close();
  log("lost", (await next(socket, "disconnect"))[0]);
  const [error] = await next(socket, "connect_error");
  log("refused", error.message, socket.active);
  token = "newer";
  socket.connect();
  await ready(socket);
  log("in", await socket.emitWithAck("ask"));
}
