// How a binary packet says the number of its attachments, and how its placeholders name them.

export const transports = ["polling", "websocket"];

const PLACE = '{"_placeholder":true,"num":0}';
const HEADS = [
  `51-["x",${PLACE}]`, `501-["x",${PLACE}]`, '50-["x"]', `5-["x",${PLACE}]`, `5-1-["x",${PLACE}]`, `5["x",${PLACE}]`,
  `51["x",${PLACE}]`, '5-0-["x"]', `51.5-["x",${PLACE}]`, '51-["x"]',
  '51-["x",{"_placeholder":true,"num":1}]', '51-["x",{"_placeholder":true,"num":-1}]', '51-["x",{"_placeholder":true,"num":"0"}]',
  '51-["x",{"_placeholder":true}]', '51-["x",{"_placeholder":1,"num":0}]', '51-["x",{"_placeholder":false,"num":0}]',
  `51-["x",{"_placeholder":{"_placeholder":true,"num":0},"num":0}]`,
  `51-[${PLACE}]`, `51-["disconnect",${PLACE}]`, `51-{"x":${PLACE}}`, "51-", `61-5["x",${PLACE}]`, `51-/two,["x",${PLACE}]`,
  '511-["x"]', `5\u0663-["x",${PLACE}]`, `51-/none,["x",${PLACE}]`,
];

export function server(io, log) {
  for (const name of ["/", "/two"]) {
    io.of(name).on("connection", (socket) => {
      socket.on("x", (...values) => log("event", name, ...values));
      socket.on("ask", (ack) => ack());
    });
  }
}

export async function client({ probe, log }) {
  for (const head of HEADS) log("head", head, await probe([head, Buffer.from("bytes")], ["0", "0/two,"]));
}
