// The client leaves: one namespace, the last one, or the connection under all of them.

export function server(io, log) {
  for (const nsp of [io.of("/"), io.of("/two")]) {
    nsp.on("connection", (socket) => {
      socket.on("disconnect", (reason) => log("left", nsp.name, reason, socket.connected, socket.disconnected));
    });
  }
}

export async function client({ connect, next, log, server }) {
  const one = await connect();
  const two = await connect("/two", { over: one });
  one.disconnect();
  log("one", (await next(one, "disconnect"))[0], two.connected, one.io.engine.readyState);
  await server("disconnected");
  two.disconnect();
  log("two", (await next(two, "disconnect"))[0]);
  await server("disconnected");

  const three = await connect();
  const four = await connect("/two", { over: three });
  three.io.engine.close();
  log("three", (await next(three, "disconnect"))[0]);
  log("four", (await next(four, "disconnect"))[0]);
  await server("disconnected");
  await server("disconnected");
}
