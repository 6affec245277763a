// Packets of an odd form that the decoder takes all the same.

export const transports = ["polling", "websocket"];

const CONNECTS = ["0/three", "0/three,", "0/three,{}", "0/three,\n{ }"];
const EVENTS = [
  '2["x"]', '2[ "x" ,\n1 ]', '2["\\u0078"]', '2["x",1,1]', "2[7]", "2[-1.5]", '2[""]', '21["ask"]', '2/,["x","main by name"]',
  '2/two,["x","two"]', "3", "3/two,", "31", "3[]", "31[1,2]", '2["x",{"a":1,"a":2}]', '2["x",1e2,-0,1E+2,0.10]',
];

export function server(io, log) {
  for (const name of ["/", "/two"]) {
    io.of(name).on("connection", (socket) => {
      for (const event of ["x", "7", "-1.5", ""]) socket.on(event, (...values) => log("event", name, event, ...values));
      socket.on("ask", (ack) => ack());
    });
  }
  io.of("/three");
}

export async function client({ probe, log }) {
  for (const packet of CONNECTS) log("connect", packet, await probe([], ["0", packet]));
  for (const packet of EVENTS) log("packet", packet, await probe([packet], ["0", "0/two,"]));
}
