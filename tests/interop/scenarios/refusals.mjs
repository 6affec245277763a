// What a middleware may send along when it refuses; the other namespaces of the connection do not notice.

const DATA = [undefined, null, 0, "", "text", false, [], {}, [1, [null]], { deep: { "é👩": [true] } }];

export function server(io, log) {
  const nsp = io.of("/guarded");
  nsp.use((socket, next) => {
    const { message, index } = socket.handshake.auth;
    const error = new Error(message);
    if (DATA[index] !== undefined) error.data = DATA[index];
    next(error);
  });
  nsp.on("connection", () => log("never"));
  io.on("connection", (socket) => socket.on("ask", (ack) => ack("fine")));
}

export async function client({ connect, open, next, log }) {
  const main = await connect();
  const guarded = open("/guarded", { over: main, auth: { message: "not yet" } });
  log("refused", (await next(guarded, "connect_error"))[0].message);
  for (const [index, data] of DATA.entries()) {
    guarded.auth = { message: `no ${index}`, index };
    guarded.connect();
    const [error] = await next(guarded, "connect_error");
    log("refused", error.message, error.data, JSON.stringify(error.data) === JSON.stringify(data));
  }
  for (const message of ["", "zwölf \"quoted\" 👩", "two\nlines"]) {
    guarded.auth = { message };
    guarded.connect();
    log("refused", (await next(guarded, "connect_error"))[0].message);
  }
  log("main", await main.emitWithAck("ask"));
}
