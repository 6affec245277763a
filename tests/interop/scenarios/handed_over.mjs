// `io.onconnection`: connections of an engine alone become clients, and the engine's own listeners go on.

export const hasEngine = true;

export function server(io, log, engine) {
  // What comes first of a connection's end and its sockets' is not compared.
  const closes = [];
  let told = () => {};
  engine.on("connection", (connection) => {
    connection.on("message", (message) => log("message", message));
    connection.on("close", (reason) => {
      closes.push(reason);
      told();
    });
    io.onconnection(connection);
  });
  io.of("/two").use((socket, next) => next(socket.handshake.auth.ok ? undefined : new Error("not you")));
  for (const namespace of [io, io.of("/two")]) {
    namespace.on("connection", (socket) => {
      log("is its own", engine.clients[socket.conn.id] === socket.conn, socket.client.conn === socket.conn);
      log("request", socket.request.url.split("?")[0], socket.handshake.query.EIO);
      socket.on("echo", (...args) => args.pop()(...args));
      socket.on("closes", async (count, ack) => {
        while (closes.length < count) await new Promise((resolve) => (told = resolve));
        ack(closes);
      });
      socket.on("end", (how) => {
        if (how === "socket") socket.disconnect();
        else if (how === "client") socket.disconnect(true);
        else socket.conn.close();
      });
    });
  }
}

export async function client({ connect, open, next, log, server, upgraded }) {
  const one = await connect();
  await upgraded(one);
  log("echo", await one.emitWithAck("echo", 1, { two: [Buffer.from("three")] }));
  const two = await connect("/two", { over: one, auth: { ok: true } });
  log("echo", await two.emitWithAck("echo", "x".repeat(100_000)).then((text) => text.length));
  const [error] = await next(open("/two"), "connect_error");
  log("refused", error.message);
  log("closes", await one.emitWithAck("closes", 1));
  one.emit("end", "socket");
  log("socket", (await next(one, "disconnect"))[0], two.connected);
  two.emit("end", "client");
  log("client", (await next(two, "disconnect"))[0]);
  await server("disconnected");
  await server("disconnected");
  const three = await connect();
  log("closes", await three.emitWithAck("closes", 2));
  three.emit("end", "connection");
  log("connection", (await next(three, "disconnect"))[0]);
  await server("disconnected");
  log("closes", await (await connect()).emitWithAck("closes", 3));
}
