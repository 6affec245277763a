// `disconnect(true)` ends all sockets of the client, each with its own packet, and the connection.

export function server(io, log) {
  for (const nsp of [io.of("/"), io.of("/two")]) {
    nsp.on("connection", (socket) => {
      socket.on("out", () => {
        socket.emit("last words", Buffer.from("bye"));
        socket.disconnect(true);
      });
    });
  }
}

export async function client({ connect, next, log }) {
  for (const leaver of [0, 1]) {
    const one = await connect();
    const two = await connect("/two", { over: one });
    const sockets = [one, two];
    const closed = new Promise((resolve) => one.io.engine.once("close", resolve));
    sockets[leaver].emit("out");
    log("last words", ...(await next(sockets[leaver], "last words")));
    for (const socket of sockets) log("out", socket.nsp, (await next(socket, "disconnect"))[0]);
    log("closed", await closed);
  }
}
