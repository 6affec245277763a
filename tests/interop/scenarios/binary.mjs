// Bytes at any depth in both directions, several to an event, empty ones, the same one twice.

const TWICE = Buffer.from("twice");

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.emit("own", Buffer.from([0, 127, 128, 255]), { deep: [{ er: Buffer.from("own") }], n: 1 });
    socket.on("bytes", (...values) => {
      log("bytes", ...values);
      socket.emit("bytes", ...values);
    });
    socket.on("room", (data) => {
      socket.join("room");
      io.to("room").emit("room", data);
    });
  });
}

export async function client({ connect, next, log }) {
  const socket = await connect();
  log("own", ...(await next(socket, "own")));
  const sent = [
    [Buffer.from([1, 2, 3])],
    [Buffer.alloc(0), "between", Buffer.from([255])],
    [{ a: [{ b: Buffer.from("deep") }], c: TWICE, d: TWICE, e: null }],
    [new Uint8Array([9, 8, 7]).subarray(1), new Uint8Array([5]).buffer],
    [Array.from({ length: 10 }, (_, index) => Buffer.alloc(index, index))],
    [{ _placeholder: "mine", num: 0 }, Buffer.from("real")],
  ];
  for (const values of sent) {
    socket.emit("bytes", ...values);
    log("bytes", ...(await next(socket, "bytes")));
  }
  socket.emit("room", { all: [Buffer.from("broadcast")] });
  log("room", ...(await next(socket, "room")));
}
