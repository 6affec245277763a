// An adapter of the user's own: what goes through it, with which rooms and flags, and that it may change what is sent.
import { Adapter } from "socket.io-adapter";

class Own extends Adapter {
  note(...items) {
    this.nsp.server.note(...items);
  }
  broadcast(packet, options) {
    const rooms = [...options.rooms].map((room) => (room.length === 20 ? "its own" : room));
    const except = [...options.except].map((room) => (room.length === 20 ? "its own" : room));
    this.note("broadcast", packet.data[0], rooms, except, Boolean(options.flags.volatile), Boolean(options.flags.local));
    packet.data.push("through the adapter");
    super.broadcast(packet, options);
  }
  addAll(id, rooms) {
    this.note("add_all", [...rooms].map((room) => (room === id ? "its own" : room)));
    super.addAll(id, rooms);
  }
  del(id, room) {
    this.note("delete", room);
    super.del(id, room);
  }
  delAll(id) {
    this.note("delete_all");
    super.delAll(id);
  }
  addSockets(options, rooms) {
    this.note("add_sockets", [...options.rooms], rooms);
    super.addSockets(options, rooms);
  }
  delSockets(options, rooms) {
    this.note("delete_sockets", [...options.rooms], rooms);
    super.delSockets(options, rooms);
  }
  disconnectSockets(options, close) {
    this.note("disconnect_sockets", [...options.rooms], close);
    super.disconnectSockets(options, close);
  }
}

export const options = { adapter: Own };

export function server(io, log) {
  io.note = log;
  io.on("connection", (socket) => {
    socket.on("say", (ack) => {
      socket.join("red");
      io.emit("all");
      io.to("red").except("blue").emit("red, not blue");
      io.volatile.emit("volatile");
      io.local.emit("local");
      socket.broadcast.emit("others");
      socket.to("red").emit("others in red");
      socket.emit("itself");
      socket.leave("red");
      ack();
    });
    socket.on("many", async (ack) => {
      io.socketsJoin("a");
      io.in("a").socketsLeave(["a"]);
      ack((await io.fetchSockets()).length, (await io.timeout(5000).emitWithAck("question")).sort());
    });
    socket.on("end", () => io.disconnectSockets());
  });
}

export async function client({ connect, log, next, server }) {
  const sockets = [await connect(), await connect()];
  const heard = sockets.map(() => []);
  sockets.forEach((socket, index) => {
    // Whether a volatile one comes is chance.
    socket.onAny((event, ...args) => ["question", "volatile"].includes(event) || heard[index].push([event, ...args]));
    socket.on("question", (ack) => ack(index));
  });
  await sockets[0].emitWithAck("say");
  log("many", await sockets[1].emitWithAck("many"));
  heard.forEach((events, index) => log(`${index} heard`, events));
  sockets[0].emit("end");
  await Promise.all(sockets.map((socket) => next(socket, "disconnect")));
  await server("disconnected");
  await server("disconnected");
}
