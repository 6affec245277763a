// Short heartbeats: the client sees the pings, and stays.

export const options = { pingInterval: 40, pingTimeout: 5000 };

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("ask", (ack) => ack("fine"));
  });
}

export async function client({ connect, log }) {
  const socket = await connect();
  for (let count = 1; count <= 5; count += 1) {
    await new Promise((resolve) => socket.io.once("ping", resolve));
    log("ping", count, await socket.emitWithAck("ask"));
  }
}
