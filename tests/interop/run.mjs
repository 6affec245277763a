// Runs one scenario over one transport and prints its transcript: {"client": [...], "server": [...]}.
//
//   node run.mjs SCENARIO polling|websocket|upgrade [SERVER COMMAND...]
//   node run.mjs --list
//
// Without a command the server is the reference. `--list` prints the scenarios and their transports.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Clients, TRANSPORTS } from "./harness/clients.mjs";
import { ServerProcess } from "./harness/server_process.mjs";
import { Transcript } from "./harness/transcript.mjs";

const TIMEOUT_MS = 20_000;
const REFERENCE = [process.execPath, fileURLToPath(new URL("run_server.mjs", import.meta.url))];

const load = (name) => import(new URL(`scenarios/${name}.mjs`, import.meta.url));

async function list() {
  const files = readdirSync(new URL("scenarios", import.meta.url)).filter((name) => name.endsWith(".mjs"));
  const names = files.map((name) => name.slice(0, -".mjs".length)).sort();
  const modules = await Promise.all(names.map(load));
  return Object.fromEntries(
    modules.map(({ transports }, index) => [names[index], transports ?? Object.keys(TRANSPORTS)]),
  );
}

async function run(name, transport, command) {
  const scenario = await load(name);
  const transcript = new Transcript();
  const server = await ServerProcess.start(command, name, transcript);
  const clients = new Clients(transport, server, transcript);
  const timeout = setTimeout(() => {
    console.error(`not over after ${TIMEOUT_MS} ms; awaited: ${clients.missing.join(", ") || "the end"}`);
    fail(server, transcript);
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
    console.error(error);
    fail(server, transcript);
  }
  clearTimeout(timeout);
  return transcript.finish(server.port);
}

function fail(server, transcript) {
  console.error("so far:", JSON.stringify(transcript.finish(server.port), null, 2));
  server.kill();
  process.exit(1);
}

const [name, transport, ...command] = process.argv.slice(2);
if (name === "--list") {
  console.log(JSON.stringify(await list()));
} else if (name && transport in TRANSPORTS) {
  console.log(JSON.stringify(await run(name, transport, command.length ? command : REFERENCE), null, 2));
} else {
  console.error("usage: node run.mjs SCENARIO polling|websocket|upgrade [SERVER COMMAND...]");
  process.exit(2);
}
