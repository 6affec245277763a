// Runs one scenario over one transport or all of its own, and prints a transcript of each:
// {"polling": {"client": [...], "server": [...]}, ...}.
//
//   node run.mjs SCENARIO polling|websocket|upgrade|all [SERVER COMMAND...]
//   node run.mjs SCENARIO both SERVER COMMAND...
//
// Without a command the server is the reference; `both` is all, first against the reference and then against the command:
// [{"polling": ...}, {"polling": ...}], run at a time. Every run has a server of its own.
import { fileURLToPath } from "node:url";
import { Clients, TRANSPORTS } from "./harness/clients.mjs";
import { ServerProcess } from "./harness/server_process.mjs";
import { Transcript } from "./harness/transcript.mjs";

const TIMEOUT_MS = 30_000;
const REFERENCE = [process.execPath, fileURLToPath(new URL("run_server.mjs", import.meta.url))];

const processes = [];

async function run(name, scenario, transport, command, servers) {
  const transcript = new Transcript();
  const server = await servers.server(transports.indexOf(transport), transcript);
  const clients = new Clients(transport, server, transcript);
  const fail = (...reason) => {
    console.error(`${name} over ${transport}, ${command === REFERENCE ? "the reference" : command.join(" ")}:`, ...reason);
    console.error("so far:", JSON.stringify(transcript.finish(server.port), null, 2));
    processes.forEach((each) => each.kill());
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
const both = over === "both";
if (!name || (over !== "all" && !both && !(over in TRANSPORTS)) || (both && !command.length)) {
  console.error("usage: node run.mjs SCENARIO polling|websocket|upgrade|all|both [SERVER COMMAND...]");
  process.exit(2);
}
const scenario = await import(new URL(`scenarios/${name}.mjs`, import.meta.url));
const transports = over in TRANSPORTS ? [over] : (scenario.transports ?? Object.keys(TRANSPORTS));

async function transcripts(command) {
  const servers = new ServerProcess(command, name, transports.length);
  processes.push(servers);
  const ran = await Promise.all(transports.map((transport) => run(name, scenario, transport, command, servers)));
  await servers.end();
  return Object.fromEntries(transports.map((transport, index) => [transport, ran[index]]));
}

const found = both
  ? await Promise.all([transcripts(REFERENCE), transcripts(command)])
  : await transcripts(command.length ? command : REFERENCE);
console.log(JSON.stringify(found, null, 2));
