// A tab begins with polling and shows its upgrade to WebSocket; the others see it too.
export default async function upgrade(world) {
  const ada = await world.tab("Ada");
  await ada.locator("#transport", { hasText: /^polling → websocket$/ }).waitFor();
  await badge(ada, "Ada (you)", "websocket");

  const bob = await world.tab("Bob");
  await badge(bob, "Ada", "websocket");
  await badge(ada, "Bob", "websocket");
}

async function badge(page, name, transport) {
  const member = page.locator("#members li", { hasText: name });
  await member.locator(".badge", { hasText: transport }).waitFor();
}
