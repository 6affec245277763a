// Runs one scenario: `node run.mjs SCENARIO PYTHON`. `node run.mjs --list` names them all.
//
// `scenarios/NAME.mjs` exports an async function of a world; it fails by throwing.
import { readdirSync } from "node:fs";
import { run } from "./world.mjs";

const [name, python] = process.argv.slice(2);
if (name === "--list") {
  const files = readdirSync(new URL("scenarios", import.meta.url));
  console.log(JSON.stringify(files.map((file) => file.replace(".mjs", "")).sort()));
} else {
  const { default: scenario } = await import(`./scenarios/${name}.mjs`);
  await run(scenario, python);
}
