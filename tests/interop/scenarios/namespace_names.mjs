// Names of namespaces of every kind: they are compared as they stand, and anything but a comma may be in one.

const NAMES = [
  "/a b", "/été/日本", "/👩‍👩‍👧", "/%20", "/a?b=c", "/a#b", "//", "/a/", "/A", "/[1]", '/"quoted"', "/1", "/1[]", "/(", "/-",
  "/constructor", "/__proto__", "/toString", "/..", "/\\", "/a\tb", "/socket.io/",
];
const UNKNOWN = ["/a", "/ A", "/a%20b", "/a?b=d", "/été", "/b", "/a//", "/[1", "/Constructor"];

export function server(io, log) {
  for (const name of NAMES) {
    const nsp = io.of(name.startsWith("//") ? name : name.slice(1)); // The slash in front is added where it lacks.
    nsp.on("connection", (socket) => {
      log("in", nsp.name, nsp === io.of(name));
      socket.on("ask", (data, ack) => {
        nsp.emit("news", name);
        ack(socket.nsp.name, data);
      });
    });
  }
}

export async function client({ open, connect, next, log }) {
  const main = await connect();
  const ask = (socket, ...args) => new Promise((resolve) => socket.emit("ask", ...args, (...all) => resolve(all)));
  for (const name of NAMES) {
    const socket = open(name, { over: main });
    await next(socket, "connect");
    log("ask", name, await ask(socket, 1), await ask(socket, Buffer.from("b")), await next(socket, "news"));
    if (name.length % 2) socket.disconnect();
  }
  for (const name of UNKNOWN) {
    const socket = open(name, { over: main });
    log("unknown", name, (await next(socket, "connect_error"))[0].message);
  }
}
