// The server goes and comes back: tabs show it, come back by themselves, and what was written meanwhile arrives.
import { say } from "../world.mjs";

export default async function restart(world) {
  const ada = await world.tab("Ada", "garden");
  const bob = await world.tab("Bob", "garden");
  // The official client does not notice the end of a server in the middle of its upgrade until a ping is due.
  for (const page of [ada, bob]) await page.locator("#transport", { hasText: "→ websocket" }).waitFor();

  await world.server.stop();
  for (const page of [ada, bob]) {
    await page.locator('#state[data-state="reconnecting"]', { hasText: "reconnecting …" }).waitFor();
    await page.getByText("connection lost: ").waitFor();
  }
  await say(ada, "written while it was away");
  await ada.locator(".message.own:not(.delivered)").waitFor();

  await world.server.startAgain();
  for (const page of [ada, bob]) {
    await page.getByText("connected again").waitFor();
    await page.locator('#state[data-state="connected"]').waitFor();
    await page.getByRole("button", { name: "garden 2" }).waitFor();
  }
  await ada.locator(".message.own.delivered", { hasText: "written while it was away" }).waitFor();
  await say(bob, "all is well");
  await ada.locator(".message:not(.own)", { hasText: "all is well" }).waitFor();
  await say(ada, "so it is");
  await bob.locator(".message:not(.own)", { hasText: "so it is" }).waitFor();
}
