// One of three namespaces over one connection is left and joined again, many times, while the others go on.

export function server(io, log) {
  for (const name of ["/", "/moves", "/stays"]) {
    const nsp = io.of(name);
    nsp.on("connection", (socket) => {
      socket.join("room");
      socket.on("n", (n, ack) => {
        nsp.to("room").emit("n", n);
        ack(socket.rooms.size);
      });
      socket.on("out", () => socket.disconnect());
    });
    nsp.on("connection", (socket) => socket.on("disconnect", (reason) => log("left", name, reason)));
  }
}

export async function client({ connect, next, log, server }) {
  const stays = await connect("/stays");
  const main = await connect("/", { over: stays });
  const moves = await connect("/moves", { over: stays });
  const ids = new Set([moves.id]);
  for (let n = 0; n < 10; n += 1) {
    const answers = [stays.emitWithAck("n", n), main.emitWithAck("n", n)];
    if (n % 2) moves.disconnect();
    else moves.emit("out");
    await next(moves, "disconnect");
    await server("left");
    answers.push(moves.emitWithAck("n", n));
    moves.connect();
    await next(moves, "connect");
    ids.add(moves.id);
    log("n", await Promise.all(answers), await next(stays, "n"), await next(main, "n"), await next(moves, "n"));
  }
  log("ids", ids.size, stays.io.engine.readyState);
}
