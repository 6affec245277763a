// Events that have no payload, and so no name.

export const transports = ["polling", "websocket"];

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("undefined", (...values) => log("undefined", ...values));
    socket.on("ask", (ack) => ack());
  });
}

export async function client({ probe, log }) {
  for (const packet of ["2", "25", "2[]"]) log("packet", packet, await probe([packet]));
}
