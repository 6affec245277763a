// Two tabs chat: text with its tick, who is typing, and an image whose bytes arrive as they were.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { picture } from "../picture.mjs";

export default async function chat(world) {
  const ada = await world.tab("Ada");
  const bob = await world.tab("Bob");
  await ada.getByText("Bob joined").waitFor();

  await ada.getByLabel("Message", { exact: true }).pressSequentially("Hello, Bob");
  await bob.getByText("Ada is typing …").waitFor();
  await ada.getByRole("button", { name: "Send", exact: true }).click();
  const received = bob.locator(".message", { hasText: "Hello, Bob" });
  await received.getByText("Ada", { exact: true }).waitFor();
  assert.equal(await bob.locator("#typing").textContent(), "");
  await ada.locator(".message.own.delivered", { hasText: "Hello, Bob" }).waitFor();

  const file = await picture(bob);
  await bob.locator("#file").setInputFiles(file);
  await bob.locator(".message.own.delivered img").waitFor();
  const image = ada.locator(".message:not(.own)", { hasText: "Bob" }).locator("img");
  await image.waitFor();
  assert.deepEqual(await pixels(image), await pixels(bob.locator(".message.own img")));
  assert.deepEqual(await size(image), [240, 150]);
}

async function pixels(image) {
  const data = await image.evaluate(async (shown) => {
    await shown.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [shown.naturalWidth, shown.naturalHeight];
    canvas.getContext("2d").drawImage(shown, 0, 0);
    return canvas.toDataURL();
  });
  return createHash("sha256").update(data).digest("hex");
}

function size(image) {
  return image.evaluate((shown) => [shown.naturalWidth, shown.naturalHeight]);
}
