// What is said in a room stays there; tabs see who is where, and a tab that is closed leaves.
import assert from "node:assert/strict";
import { say } from "../world.mjs";

export default async function rooms(world) {
  const ada = await world.tab("Ada", "garden");
  const bob = await world.tab("Bob", "lobby");
  const eve = await world.tab("Eve", "garden");
  await bob.getByRole("button", { name: "garden 2" }).waitFor();

  await say(eve, "only in the garden");
  await ada.locator(".message", { hasText: "only in the garden" }).waitFor();
  await bob.getByRole("button", { name: "garden 2" }).click();
  await eve.getByText("Bob joined").waitFor();
  await bob.getByRole("button", { name: "garden 3" }).waitFor();
  await say(ada, "now to all three");
  await bob.locator(".message", { hasText: "now to all three" }).waitFor();
  assert.deepEqual(await bob.locator(".message p").allTextContents(), ["now to all three"]);

  await eve.close();
  await ada.getByText("Eve left").waitFor();
  await ada.getByRole("button", { name: "garden 2" }).waitFor();
}
