// Ids of acks on the wire: a client's come back as they were, the server's count up for the whole namespace.

export const transports = ["polling", "websocket"];

const IDS = ["0", "1", "1", "007", "9007199254740991"];

export function server(io, log) {
  for (const name of ["/", "/two"]) {
    io.of(name).on("connection", (socket) => {
      socket.on("ask", (value, ack) => {
        log("asked", value, typeof ack === "function");
        ack(value);
      });
      socket.on("ask me", () => socket.emit("question", (...values) => log("answer", ...values)));
    });
  }
}

export async function client({ engine, next, server, log }) {
  const [one, two] = [engine(), engine()];
  for (const raw of [one, two]) {
    await next(raw, "open");
    for (const nsp of ["", "/two,"]) {
      raw.write(`0${nsp}`);
      await next(raw, "message");
    }
  }
  for (const id of IDS) {
    one.write(`2${id}["ask","${id}"]`);
    log("id", id, await next(one, "message"));
  }
  for (const [raw, nsp] of [[one, ""], [two, ""], [one, "/two,"], [two, "/two,"], [one, ""], [two, "/two,"]]) {
    raw.write(`2${nsp}["ask me"]`);
    const [question] = await next(raw, "message");
    log("question", question);
    const [, id] = question.match(/^2(?:\/two,)?(\d+)\[/);
    for (const answer of [`3${nsp}${Number(id) + 1}["nobody asked"]`, `3${nsp}${id}["yes",1]`, `3${nsp}${id}["again"]`]) {
      raw.write(answer);
    }
    await server("answer");
  }
  one.write('3["no id"]');
  one.write('2/two,5["ask","end"]');
  log("end", await next(one, "message"));
}
