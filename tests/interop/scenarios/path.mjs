// Another path than the usual one.

export const options = { path: "/api/live/" };

export function server(io, log) {
  io.on("connection", (socket) => {
    log("here", socket.handshake.url.split("?")[0]);
    socket.on("ask", (ack) => ack("fine"));
  });
}

export async function client({ connect, open, next, log }) {
  const socket = await connect("/", { path: "/api/live" });
  log("ask", await socket.emitWithAck("ask"));
  for (const path of ["/socket.io", "/api/lives", "/api"]) {
    const [error] = await next(open("/", { path }), "connect_error");
    log("elsewhere", path, error.message, error.type);
  }
}
