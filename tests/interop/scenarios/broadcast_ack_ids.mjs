// Broadcasts with acks on the wire: one id for all, of the namespace's counter, which other questions share.

export const transports = ["polling", "websocket"];

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("ask all", () => io.timeout(10_000).emit("question", (error, all) => log("answers", all)));
    socket.on("ask me", () => socket.emit("question", (...values) => log("answer", ...values)));
    socket.on("ask nobody", () => io.to("nobody").timeout(10_000).emit("question", (error, all) => log("answers", all)));
  });
}

export async function client({ engine, next, server, log }) {
  const [one, two] = [engine(), engine()];
  for (const raw of [one, two]) {
    await next(raw, "open");
    raw.write("0");
    await next(raw, "message");
  }
  const all = async (id) => {
    one.write('2["ask all"]');
    for (const [name, raw] of [["one", one], ["two", two]]) {
      log(name, await next(raw, "message"));
      raw.write(`3${Number(id) + 1}["nobody asked"]`);
      raw.write(`3${id}["${name}",1]`);
      raw.write(`3${id}["${name}, again"]`);
      // The next one answers behind it.
      raw.write('2["ask me"]');
      const [[, number]] = [(await next(raw, "message"))[0].match(/^2(\d+)\[/)];
      log("question", number);
      raw.write(`3${number}["${name} was asked"]`);
      await server("answer");
    }
    await server("answers");
  };
  await all(0);
  await all(3);
  one.write('2["ask nobody"]');
  await server("answers");
  two.write('2["ask me"]');
  log("question", await next(two, "message"));
  two.write("37[]");
  await server("answer");
}
