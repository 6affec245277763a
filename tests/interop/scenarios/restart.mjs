// The server is closed and served again on the same port: a client that reconnects comes back, with what it kept.
import { createServer } from "node:http";

export function server(io, log) {
  io.on("connection", (socket) => {
    log("here", socket.rooms.size);
    socket.join("room");
    socket.on("restart", async () => {
      const { port } = io.httpServer.address();
      await io.close();
      const next = createServer();
      io.attach(next);
      next.listen(port, "127.0.0.1", () => log("serving again"));
    });
    socket.on("n", (n, ack) => {
      io.to("room").emit("n", n);
      ack(n);
    });
  });
}

export async function client({ connect, upgraded, next, server, log }) {
  const options = { reconnection: true, reconnectionDelay: 20, reconnectionDelayMax: 20, randomizationFactor: 0 };
  const socket = await connect("/", options);
  for (const time of [1, 2]) {
    const before = socket.id;
    socket.emit("restart");
    log("lost", (await next(socket, "disconnect"))[0], socket.active);
    const kept = socket.emitWithAck("n", time);
    await server("serving again");
    await next(socket, "connect");
    await upgraded(socket);
    log("kept", await kept, await next(socket, "n"), socket.id !== before);
  }
}
