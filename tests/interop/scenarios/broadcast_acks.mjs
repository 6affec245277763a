// The server asks many clients at once: all answer, some do not, some leave, and nobody is there.

export function server(io, log) {
  const outcome = (asked) =>
    asked.then(
      (all) => ["answers", all.sort()],
      (error) => ["missing", error instanceof Error, error.responses.sort()],
    );
  io.on("connection", (socket) => {
    socket.on("join", (room, ack) => {
      socket.join(room);
      ack();
    });
    socket.on("ask", async (whom, what, ack) => {
      const to = {
        all: io,
        namespace: io.of("/"),
        room: io.to("room"),
        "not room": io.except("room"),
        nobody: io.to("nobody"),
        others: socket.broadcast,
        "others in room": socket.to("room"),
      };
      ack(await outcome(to[whom].timeout(10_000).emitWithAck("question", what)));
    });
    socket.on("ask shortly", async (whom, ack) => {
      ack(await outcome(io.to(whom).timeout(1_000).emitWithAck("question", "short")));
    });
    socket.on("ask by callback", (whom, ack) => {
      const done = (error, all) => ack([error === null, error instanceof Error, all.sort()]);
      io.to(whom).timeout(1_000).emit("question", "callback", 2, done);
    });
    socket.on("ask with bytes", async (ack) => {
      ack(await io.timeout(10_000).emitWithAck("question", Buffer.from("bytes")));
    });
  });
}

export async function client({ connect, log }) {
  const sockets = { ann: await connect(), bob: await connect(), eve: await connect() };
  const { ann, bob, eve } = sockets;
  const silent = new Set();
  const held = [];
  for (const [name, socket] of Object.entries(sockets)) {
    socket.on("question", (what, ...rest) => {
      const ack = rest.pop();
      if (silent.has(name)) held.push(ack);
      else if (what === "nothing") ack();
      else if (what === "several") ack(name, "more");
      else if (what instanceof Uint8Array) ack(what.length);
      else ack([name, what, rest.length]);
    });
  }
  await bob.emitWithAck("join", "room");
  await eve.emitWithAck("join", "room");
  for (const whom of ["all", "namespace", "room", "not room", "nobody", "others", "others in room"])
    log(whom, await bob.emitWithAck("ask", whom, 1));
  log("several", await ann.emitWithAck("ask", "all", "several"));
  log("nothing", await ann.emitWithAck("ask", "room", "nothing"));
  log("bytes", await ann.emitWithAck("ask with bytes"));
  log("callback", await ann.emitWithAck("ask by callback", "room"));
  log("callback, nobody", await ann.emitWithAck("ask by callback", "nobody"));
  silent.add("eve");
  log("missing", await ann.emitWithAck("ask shortly", "room"));
  log("callback, missing", await ann.emitWithAck("ask by callback", "room"));
  for (const ack of held.splice(0)) ack("too late");
  silent.delete("eve");
  log("again", await ann.emitWithAck("ask", "room", 2));
  silent.add("eve");
  const asked = ann.emitWithAck("ask shortly", "room");
  while (held.length < 1) await new Promise((resolve) => setImmediate(resolve));
  eve.disconnect();
  log("left", await asked);
}
