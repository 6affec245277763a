// A socket that a middleware put into a room, and the next one refused, hears nothing of that room.

export function server(io, log) {
  io.use((socket, next) => {
    socket.join("waiting");
    socket.data.tries = [...(socket.handshake.auth.tries ?? []), "one"];
    next();
  });
  io.use((socket, next) => next(socket.handshake.auth.ok ? undefined : new Error("no")));
  io.on("connection", (socket) => {
    io.to("waiting").emit("in the room", socket.data.tries);
    socket.on("disconnect", () => log("this one had joined"));
  });
}

export async function client({ open, ready, next, log }) {
  const refused = open("/");
  const events = [];
  refused.onAny((name) => events.push(name));
  log("refused", (await next(refused, "connect_error"))[0].message);
  const accepted = open("/", { auth: { ok: true, tries: ["zero"] } });
  await ready(accepted);
  log("accepted", await next(accepted, "in the room"));
  refused.auth = { ok: true };
  refused.connect();
  await ready(refused);
  log("then", await next(refused, "in the room"), await next(accepted, "in the room"), events);
}
