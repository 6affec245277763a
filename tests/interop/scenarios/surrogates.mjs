// Escapes of lone surrogates in JSON, which have no form in UTF-8; pairs of them are one character.

export const transports = ["polling", "websocket"];

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("echo", (...texts) => socket.emit("echo", ...texts));
    socket.on("ask", (ack) => ack());
  });
}

export async function client({ probe, log }) {
  log("a pair", await probe(['2["echo","\\ud83d\\udc69\\uD83D\\uDC69"]']));
  log("alone", await probe(['2["echo","a\\ud83db",{"\\udc69\\uD83D":1}]']));
}
