// Events in one payload with the `disconnect` behind them.

export const transports = ["polling"];

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("n", (n) => log("n", n));
    socket.on("disconnect", (reason) => log("left", reason));
  });
}

export async function client({ request, log, server }) {
  const { sid } = JSON.parse((await request("GET")).body.slice(1));
  await request("POST", sid, "40");
  await request("GET", sid);
  await request("POST", sid, ['42["n",1]', '42["n",2]', "41"].join("\x1e"));
  await server("left");
  log("close", await request("POST", sid, "1"));
}
