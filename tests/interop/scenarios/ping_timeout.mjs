// A client that never answers a ping is closed, with `ping timeout`.

export const transports = ["websocket"];
export const options = { pingInterval: 400, pingTimeout: 300 };

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("disconnecting", (reason) => log("leaving", reason));
  });
}

export async function client({ websocket, nextOf, log, server }) {
  const socket = websocket();
  await nextOf(socket, "open");
  socket.send("40");
  for (;;) {
    const [name, what] = await nextOf(socket, "message", "close");
    log(name, typeof what === "string" ? what.replace(/"sid":"[^"]*"/, '"sid":0') : what);
    if (name === "close") break;
  }
  await server("disconnected");
}
