// What a scenario gets: the demo served in a process of its own, and tabs of the system's Chromium.
import { access } from "node:fs/promises";
import { chromium } from "playwright-core";
import { DemoServer } from "./demo_server.mjs";

const CHROMIUM = "/usr/bin/chromium";
const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const LIMIT = 60_000;

// Runs a function of a world, and ends server and browser whatever comes of it.
export async function run(scenario, python) {
  await access(CHROMIUM).catch(() => fail("Chromium is missing: apt-get install chromium"));
  const timer = setTimeout(() => fail(`not done within ${LIMIT / 1_000} seconds`), LIMIT);
  const server = await DemoServer.start(python);
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
  const world = new World(server, await browser.newContext({ viewport: { width: 1080, height: 680 } }));
  await scenario(world);
  world.check();
  await browser.close();
  await server.stop();
  clearTimeout(timer);
}

class World {
  #tabs = [];

  constructor(server, context) {
    this.server = server;
    this.context = context;
  }

  // A tab whose user has joined.
  async tab(name, room = "lobby") {
    const page = await this.context.newPage();
    page.setDefaultTimeout(15_000);
    page.faults = [];
    page.on("pageerror", (error) => page.faults.push(error.stack));
    this.#tabs.push(page);
    await page.goto(this.server.url);
    await page.getByLabel("Nickname").fill(name);
    await page.getByLabel("Room", { exact: true }).fill(room);
    await page.getByRole("button", { name: "Join" }).click();
    await page.locator('#state[data-state="connected"]').waitFor();
    return page;
  }

  check() {
    const faults = this.#tabs.flatMap((page) => page.faults);
    if (faults.length) throw new Error(`the page failed: ${faults.join("\n")}`);
  }
}

export async function say(page, text) {
  await page.getByLabel("Message", { exact: true }).fill(text);
  await page.getByRole("button", { name: "Send", exact: true }).click();
}

function fail(text) {
  console.error(text);
  process.exit(1);
}
