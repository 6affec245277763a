// What a client may give as `auth`: nothing, all kinds of values, a function that answers at once or later.

const AUTHS = [
  undefined, {}, { token: "t" }, { n: 0, f: -1.5, yes: true, no: false, nothing: null, list: [1, [2]], deep: { a: { b: {} } } },
  { "é": "👩‍👩‍👧", "": "", "_placeholder": true, num: 0 }, { sid: "mine", pid: "p", offset: "o" },
  (answer) => answer({ from: "function" }), (answer) => setTimeout(answer, 1, { from: "later" }), (answer) => answer(),
  { long: "x".repeat(5000) },
];
const RAW = ["", "{}", '{"a":1,"a":2}', ' {"a": [ ] } ', "null", "[]", '"text"', "1", "{", '{"a":1}x', "{'a':1}"];

export function server(io, log) {
  const nsp = io.of("/auth");
  nsp.use((socket, next) => {
    log("auth", socket.handshake.auth);
    next();
  });
  nsp.on("connection", (socket) => {
    log("still", socket.handshake.auth, Object.keys(socket.handshake.auth));
    socket.emit("auth", socket.handshake.auth);
  });
}

export async function client({ engine, connect, next, nextOf, server, log }) {
  for (const auth of AUTHS) {
    const socket = await connect("/auth", { auth });
    log("auth", await next(socket, "auth"));
    socket.disconnect();
    await server("disconnected");
  }
  for (const auth of RAW) {
    const raw = engine();
    await next(raw, "open");
    raw.write(`0/auth,${auth}`);
    const [name] = await nextOf(raw, "message", "close");
    log("raw", auth, name);
    raw.close();
    if (name === "message") await server("disconnected");
  }
}
