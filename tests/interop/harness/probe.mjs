// What a server makes of packets that no official client writes: `probe(packets, connects)`.
const LAST = "99";
const BAD = "9";

// Writes them on a bare connection of its own that has joined by `connects`, one after the other, and gives what
// comes back, with "closed" at its end when they close the connection. The server acks `ask` in the main namespace.
export async function probe({ engine, next, nextOf, server }, packets, connects = ["0"]) {
  const raw = engine();
  await next(raw, "open");
  for (const connect of connects) {
    raw.write(connect);
    await next(raw, "message");
  }
  for (const packet of [...packets, `2${LAST}["ask"]`]) raw.write(packet);
  const answers = [];
  for (;;) {
    const [name, what] = await nextOf(raw, "message", "close");
    if (name === "close") answers.push("closed");
    if (name === "close" || what === `3${LAST}[]`) break;
    answers.push(what);
  }
  // It ends with `forced close` in any case.
  if (answers.at(-1) !== "closed") raw.write(BAD);
  for (const _ of connects) await server("disconnected");
  return answers;
}
