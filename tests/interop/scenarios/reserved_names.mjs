// Names of the protocol can't be emitted; those that only look like it can.

const RESERVED = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];
const FREE = ["error", "ping", "reconnect", "message", "connection", "new_namespace", "Connect"];

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.join("room");
    for (const to of [socket, io, io.to("room")]) {
      const refused = RESERVED.filter((name) => {
        try {
          to.emit(name, 1);
          return false;
        } catch (error) {
          return error.message === `"${name}" is a reserved event name`;
        }
      });
      log("refused", refused);
    }
    for (const name of FREE) socket.emit(name, name);
  });
}

export async function client({ open, ready, next, log }) {
  const socket = open();
  await ready(socket);
  for (const name of FREE) log("free", await next(socket, name));
}
