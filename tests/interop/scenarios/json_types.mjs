// Every JSON type in both directions, as several arguments, in acks, and deep.

const VALUES = [
  null, true, false, 0, -1, 1.5, -0.25, 1e21, 1.5e-9, 9007199254740991, "", "text", "\u0000\"\\/\b\n\t",
  [], {}, [[], [[null]]], { a: { b: [1, { c: null }] }, "": 0, "a key": "value" },
];

const nest = (depth) => (depth ? { in: [nest(depth - 1)] } : "bottom");

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("value", (value, ack) => {
      log("value", value);
      socket.emit("value", value);
      ack(value);
    });
    socket.on("many", (...values) => {
      const ack = values.pop();
      log("many", values.length);
      socket.emit("many", ...values);
      ack(...values);
    });
    socket.emit("own", null, true, false, 0, -7, 0.1, 1e300, "é", [1, [2]], { k: { l: [] } });
  });
}

export async function client({ connect, next, log }) {
  const socket = await connect();
  log("own", await next(socket, "own"));
  for (const value of [...VALUES, nest(60)]) {
    const answer = await socket.emitWithAck("value", value);
    log("value", value, answer, ...(await next(socket, "value")));
  }
  log("odd", await socket.emitWithAck("value", [undefined, new Date(0), NaN, Infinity, { u: undefined }]));
  const answers = await new Promise((resolve) => {
    socket.emit("many", ...VALUES, (...values) => resolve(values));
  });
  log("many", answers, await next(socket, "many"));
}
