// Runs one scenario over one transport or all of its own, and prints a transcript of each:
// {"polling": {"client": [...], "server": [...]}, ...}.
//
//   node run.mjs SCENARIO polling|websocket|upgrade|all [SERVER COMMAND...]
//
// Without a command the server is the reference. Every run has a server of its own.
import { fileURLToPath } from "node:url";
import { Clients, TRANSPORTS } from "./harness/clients.mjs";
import { ServerProcess } from "./harness/server_process.mjs";
import { Transcript } from "./harness/transcript.mjs";

const TIMEOUT_MS = 30_000;
const REFERENCE = [process.execPath, fileURLToPath(new URL("run_server.mjs", import.meta.url))];

async function run(number, transport) {
  const transcript = new Transcript();
  const server = await servers.server(number, transcript);
  const clients = new Clients(transport, server, transcript);
  const fail = (...reason) => {
    console.error(`${name} over ${transport}:`, ...reason);
    console.error("so far:", JSON.stringify(transcript.finish(server.port), null, 2));
    servers.kill();
    process.exit(1);
  };
  const timeout = setTimeout(() => {
    fail(`not over after ${TIMEOUT_MS} ms; awaited: ${clients.missing.join(", ") || "the end"}`);
  }, TIMEOUT_MS);
  try {
    const script = async () => {
      await scenario.client({ ...clients.tools, transport });
      await clients.close();
    };
    const died = server.died();
    died.catch(() => {}); // It ends after the script, too.
    await Promise.race([script(), died]);
    await server.stop();
  } catch (error) {
    fail(error);
  }
  clearTimeout(timeout);
  return transcript.finish(server.port);
}

const [name, over, ...command] = process.argv.slice(2);
if (!name || (over !== "all" && !(over in TRANSPORTS))) {
  console.error("usage: node run.mjs SCENARIO polling|websocket|upgrade|all [SERVER COMMAND...]");
  process.exit(2);
}
const scenario = await import(new URL(`scenarios/${name}.mjs`, import.meta.url));
const transports = over === "all" ? (scenario.transports ?? Object.keys(TRANSPORTS)) : [over];
const servers = new ServerProcess(command.length ? command : REFERENCE, name, transports.length);
const transcripts = await Promise.all(transports.map((transport, number) => run(number, transport)));
await servers.end();
const byTransport = Object.fromEntries(transports.map((transport, index) => [transport, transcripts[index]]));
console.log(JSON.stringify(byTransport, null, 2));
