// An event in one payload with the CONNECT in front of it.

export const transports = ["polling"];

export function server(io, log) {
  io.on("connection", (socket) => socket.on("n", (n) => socket.emit("n", n)));
}

export async function client({ request, log, server }) {
  const { sid } = JSON.parse((await request("GET")).body.slice(1));
  await request("POST", sid, ["40", '42["n",1]'].join("\x1e"));
  const answer = await request("GET", sid);
  log("answer", answer.status, answer.body.replace(/"sid":"[^"]*"/, '"sid":0').split("\x1e"));
  if (answer.status === 200) await request("POST", sid, "1");
}
