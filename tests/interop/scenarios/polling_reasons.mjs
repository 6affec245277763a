// Why a socket leaves when its client breaks the rules of Engine.IO while it polls; some requests are refused alone.

export const transports = ["polling"];

const BODIES = ["", "x", "7", "0", "1", "2", "3", "5", "6", '42["ask"]\x1e42["ask"]', '42["ask"]\x1e', "\x1e", "3\x1ex"];

export function server(io, log) {
  io.on("connection", (socket) => {
    socket.on("ask", () => log("asked"));
    socket.on("out", () => socket.disconnect());
  });
}

export async function client({ request, server, log }) {
  const connect = async () => {
    const { sid } = JSON.parse((await request("GET")).body.slice(1));
    await request("POST", sid, "40");
    await request("GET", sid);
    return sid;
  };
  for (const body of BODIES) {
    const sid = await connect();
    const answer = await request("POST", sid, body);
    const end = await request("POST", sid, '42["out"]');
    await server("disconnected");
    log("body", body, answer, end);
  }
  const sid = await connect();
  const polls = await Promise.all([request("GET", sid), request("GET", sid)]);
  await server("disconnected");
  log("two polls", polls.map(({ status, body }) => [status, body]).sort());
}
