// Values that are no JSON by themselves: dates, classes of one's own, numbers that JSON has no text for, keys that are no strings.

class User {
  constructor(name, born) {
    Object.assign(this, { name, born });
  }
}

class Color {
  constructor(value) {
    this.value = value;
  }

  toJSON() {
    return this.value;
  }
}

const AT = new Date("2026-01-02T03:04:05.678Z");

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("all", (answer) => {
      const ann = new User("Ann", AT);
      socket.emit("one", AT, new Color("red"), [ann, { deep: { ann } }]);
      io.emit("all", NaN, Infinity, [-Infinity, 1.5], { 2: "a", true: "b", null: "c", 0.5: "d" });
      answer({ color: new Color({ red: 255 }), bytes: [Buffer.from("b")] });
    });
  });
}

export async function client({ connect, next, log }) {
  const socket = await connect();
  const answer = socket.emitWithAck("all");
  const [at, color, [ann, { deep }]] = await next(socket, "one");
  log("one", new Date(at).getTime(), color, ann.name, Object.keys(ann), new Date(deep.ann.born).getTime());
  log("all", ...(await next(socket, "all")));
  log("answer", await answer);
}
