// Takes the picture of the demo that the README shows: `node screenshot.mjs PYTHON FILE`.
import { picture } from "./picture.mjs";
import { run, say } from "./world.mjs";

const [python, file] = process.argv.slice(2);

await run(async (world) => {
  const ada = await world.tab("Ada", "garden");
  const bob = await world.tab("Bob", "garden");
  await world.tab("Eve", "lobby");
  await ada.locator("#transport", { hasText: "websocket" }).waitFor();
  await ada.locator(".badge", { hasText: /^websocket$/ }).nth(1).waitFor();

  await say(ada, "Each tab is a user. Are you there?");
  await bob.locator(".message", { hasText: "Are you there?" }).waitFor();
  await say(bob, "I am, and here is what I see:");
  await bob.locator("#file").setInputFiles(await picture(bob, 400, 220));
  await ada.locator(".message img").waitFor();
  await say(ada, "Sent as binary. It looks lovely.");
  await ada.locator(".message.own.delivered", { hasText: "lovely" }).waitFor();
  await bob.getByLabel("Message", { exact: true }).pressSequentially("Thanks");
  await ada.getByText("Bob is typing …").waitFor();
  await ada.screenshot({ path: file });
}, python);
