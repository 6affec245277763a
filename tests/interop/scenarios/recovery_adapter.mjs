// An adapter of the application's own keeps what clients come back to, and what they have missed.

import { Adapter } from "socket.io-adapter";

class Keeper extends Adapter {
  kept = new Map();

  persistSession({ sid, pid, rooms, data }) {
    this.nsp.server.tell("persist", rooms.length, data);
    this.kept.set(pid, { sid, pid, rooms, data });
  }

  async restoreSession(pid, offset) {
    this.nsp.server.tell("restore", offset);
    const session = this.kept.get(pid);
    if (!session) return null;
    this.kept.delete(pid);
    const missedPackets = [["news", "missed", "2"], ["news", Buffer.from("bytes"), "3"]];
    return { ...session, missedPackets };
  }
}

export const options = { connectionStateRecovery: { skipMiddlewares: false }, adapter: Keeper };

export function server(io, log) {
  io.tell = log;
  io.use((socket, next) => {
    log("asked", socket.recovered, socket.data.name ?? null);
    next();
  });
  io.on("connection", (socket) => {
    log("recovered", socket.recovered, socket.rooms.has("red"));
    socket.on("enter", (ack) => {
      socket.join("red");
      socket.data.name = "ann";
      socket.emit("news", "first", "1");
      ack();
    });
    socket.on("say", (ack) => {
      io.to("red").emit("news", "red", "4");
      ack();
    });
    socket.on("disconnecting", () => log("disconnecting"));
  });
}

export async function client({ connect, next, server, log }) {
  const socket = await connect();
  const { id } = socket;
  await socket.emitWithAck("enter");
  log("news", ...(await next(socket, "news")));
  socket.io.engine.close();
  await next(socket, "disconnect");
  await server("disconnected");
  socket.connect();
  await next(socket, "connect");
  log("recovered", socket.recovered, socket.id === id);
  for (let each = 0; each < 2; each++) log("missed", ...(await next(socket, "news")));
  await socket.emitWithAck("say");
  log("news", ...(await next(socket, "news")));
  const forged = await connect("/", { auth: { pid: "x".repeat(20), offset: "1" } });
  log("forged", forged.recovered);
  forged.disconnect();
  await server("disconnected");
}
