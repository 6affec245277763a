// A client whose connection is lost comes back, twice, in two namespaces: to its id, rooms and data, and to what it has missed.

export const options = { connectionStateRecovery: {} };

export function server(io, log) {
  for (const nsp of [io, io.of("/two")]) {
    nsp.use((socket, next) => {
      log("asked");
      next();
    });
    nsp.on("connection", (socket) => {
      log("recovered", socket.recovered, socket.data.name ?? null, socket.rooms.has("red"));
      socket.on("enter", (name, ack) => {
        socket.data.name = name;
        socket.join("red");
        nsp.to("red").emit("news", "entered");
        ack();
      });
      socket.on("say", (ack) => {
        nsp.to("red").emit("news", "red");
        nsp.to("blue").emit("news", "blue");
        nsp.except("red").emit("news", "all but red");
        nsp.volatile.emit("news", "volatile");
        nsp.local.emit("news", Buffer.from("all"));
        socket.broadcast.emit("news", "others");
        socket.to("red").emit("news", "others in red");
        ack();
      });
    });
  }
}

export async function client({ connect, next, server, log }) {
  const one = await connect();
  const two = await connect("/two", { over: one });
  const speakers = [await connect(), await connect("/two")];
  const id = [one.id, two.id];
  for (const socket of [one, two]) {
    await socket.emitWithAck("enter", "ann");
    log("news", (await next(socket, "news"))[0]);
  }
  for (let round = 0; round < 2; round++) {
    one.io.engine.close();
    for (const socket of [one, two]) {
      await next(socket, "disconnect");
      await server("disconnected");
    }
    for (const speaker of speakers) await speaker.emitWithAck("say");
    one.connect();
    two.connect();
    for (const socket of [one, two]) await next(socket, "connect");
    log("recovered", one.recovered, two.recovered, one.id === id[0], two.id === id[1]);
    for (const socket of [one, two]) {
      for (let each = 0; each < 4; each++) log("missed", (await next(socket, "news"))[0]);
    }
  }
  await speakers[0].emitWithAck("say");
  log("news", (await next(one, "news"))[0]);
  const forged = await connect("/", { auth: { pid: "x".repeat(20), offset: "1" } });
  log("forged", forged.recovered);
  for (const socket of [one, two]) {
    socket.disconnect();
    await server("disconnected");
  }
}
