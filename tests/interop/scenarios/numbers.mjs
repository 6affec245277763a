// Numbers as they come and go on the wire.

export const transports = ["polling", "websocket"];

const NUMBERS = [
  "0", "-0", "7", "-7", "1.5", "1e3", "1E-3", "1e21", "0.1", "123456789.125", "9007199254740991", "-9007199254740991", "5e-324", "1.7976931348623157e308",
];

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("n", (n) => log("n", n));
    socket.on("same", (n, m) => log("same", n === m, typeof n));
    socket.on("echo", (n) => socket.emit("echo", n));
    socket.on("ask", (ack) => ack());
  });
}

export async function client({ probe, log }) {
  for (const n of NUMBERS) log("number", n, await probe([`2["n",${n}]`, `2["same",${n},${Number(n)}]`]));
  for (const n of ["0", "-0", "7", "-7", "1.5", "0.1", "-2.25", "1e-7", "1e400"]) log("echo", n, await probe([`2["echo",${n}]`]));
}
