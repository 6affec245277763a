// The packets that the server sends, as they are on the wire.

export const transports = ["polling", "websocket"];

export function server(io, log) {
  for (const name of ["/", "/two"]) {
    const nsp = io.of(name);
    nsp.use((socket, next) => {
      const { refuse } = socket.handshake.auth;
      if (!refuse) return next();
      const error = new Error("no");
      if (refuse !== true) error.data = refuse;
      next(error);
    });
    nsp.on("connection", (socket) => {
      socket.emit("hello");
      socket.emit("values", null, true, -1, 2.5, "é\u2028\"\\/\n", [], {}, [[1], { a: { "b c": 2 } }]);
      socket.emit("ask", 1, () => {});
      socket.emit("ask", Buffer.from([1]), () => {});
      nsp.emit("all", Buffer.alloc(0), { deep: [Buffer.from("ab"), Buffer.from([255])] });
      socket.send("message");
      socket.on("ask", (kind, ack) => {
        if (kind === "nothing") ack();
        else if (kind === "null") ack(null);
        else if (kind === "bytes") ack("a", [Buffer.from("bytes")]);
        else if (kind === "out") socket.disconnect();
        else if (kind === "close") socket.disconnect(true);
      });
    });
  }
}

export async function client({ engine, nextOf, next, log }) {
  const raw = engine();
  await next(raw, "open");
  const read = async (count) => {
    for (let index = 0; index < count; index += 1) {
      const [name, what] = await nextOf(raw, "message", "close");
      log(name, name === "close" ? "" : typeof what === "string" ? what.replace(/"sid":"[^"]*"/, '"sid":0') : what);
    }
  };
  for (const nsp of ["", "/two,"]) {
    for (const refuse of ["true", '{"why":[1]}']) {
      raw.write(`0${nsp}{"refuse":${refuse}}`);
      await read(1);
    }
    raw.write(`0${nsp}`);
    await read(11);
    for (const [id, kind] of ["nothing", "null", "bytes"].entries()) raw.write(`2${nsp}${id}["ask","${kind}"]`);
    await read(4);
  }
  raw.write("0/none,");
  raw.write('2/two,["ask","out"]');
  await read(2);
  raw.write('2["ask","close"]');
  await read(2);
}
