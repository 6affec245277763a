// A connection that joins no namespace in time is closed; one that has joined, and left again, is not.

export const options = { connectTimeout: 2000 };

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("ask", (ack) => ack("fine"));
  });
}

export async function client({ engine, connect, open, next, log }) {
  const left = await connect();
  const silent = engine();
  await next(silent, "open");
  const refused = open("/unknown");
  await next(refused, "connect_error");
  left.emit("ask", () => left.io.engine.write("1"));
  log("silent", (await next(silent, "close"))[0]);
  await new Promise((resolve) => {
    if (refused.io.engine.readyState === "closed") resolve();
    else refused.io.engine.once("close", resolve);
  });
  log("refused", refused.io.engine.readyState);
  log("left", left.io.engine.readyState);
}
