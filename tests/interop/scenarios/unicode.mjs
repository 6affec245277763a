// Text of every kind in names of events, rooms and namespaces, in values, keys and reasons.

const TEXTS = [
  "äöü", "日本語", "👩‍👩‍👧", "\u{10ffff}", "\u2028\u2029", "\ufeff", "\u0000", "a\u0301", "عربى", "\\u0041", "\u007f\u0080",
];

export function server(io, log) {
  const nsp = io.of("/été");
  nsp.use((socket, next) => next(socket.handshake.auth.refuse ? new Error("refusé ✗") : undefined));
  nsp.on("connection", (socket) => {
    for (const text of TEXTS) {
      socket.on(text, (value, ack) => {
        log("text", text, value);
        socket.join(text);
        nsp.to(text).emit(text, { [text]: text });
        socket.leave(text);
        ack(text);
      });
    }
    socket.on("lone", (value, ack) => ack(value.length, [...value].length));
  });
}

export async function client({ connect, open, next, log }) {
  const refused = open("/été", { auth: { refuse: "oui" } });
  log("refused", (await next(refused, "connect_error"))[0].message);
  const socket = await connect("/été", { auth: { "clé": "välue" } });
  for (const text of TEXTS) {
    log("text", await socket.emitWithAck(text, text + text), ...(await next(socket, text)));
  }
  log("lone", await socket.emitWithAck("lone", "a\ud83db"));
}
