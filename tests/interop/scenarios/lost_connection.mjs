// The connection ends without a word of WebSocket or Engine.IO.

export const transports = ["websocket"];

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("disconnecting", (reason) => log("leaving", reason));
  });
}

export async function client({ connect, websocket, next, log, server }) {
  const socket = await connect();
  socket.io.engine.transport.ws.terminate();
  log("lost", (await next(socket, "disconnect"))[0]);
  await server("disconnected");
  const raw = websocket();
  await next(raw, "open");
  raw.send("40");
  await next(raw, "message");
  await next(raw, "message");
  await server("connected");
  await server("connected");
  raw.terminate();
  await server("disconnected");
}
