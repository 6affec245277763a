// The chat in the browser. `io` is the official client, which the server serves at /socket.io/socket.io.min.js.

const IMAGE_BYTES = 3_000_000;
const IMAGE_KINDS = ["image/png", "image/jpeg", "image/gif", "image/webp"];
const TYPING_EVERY = 1_000;
const TYPING_SHOWN = 2_500;

const byId = (id) => document.getElementById(id);
const user = { name: "", room: "" };

if (typeof io === "undefined") {
  byId("refusal").textContent = "This build lacks the browser client: `make client` adds it.";
  throw new Error("no client at /socket.io/socket.io.min.js");
}

const socket = io({
  autoConnect: false,
  reconnectionDelayMax: 2_000,
  // Asked at each connect, so that a tab comes back into the room where it was.
  auth: (send) => send(user),
});

// --- the connection, as this tab sees it

socket.io.on("open", () => {
  const engine = socket.io.engine;
  byId("transport").textContent = engine.transport.name;
  engine.on("upgrade", (transport) => {
    byId("transport").textContent += ` → ${transport.name}`;
  });
});

socket.on("connect", () => showState("connected", "connected"));

socket.on("disconnect", (reason) => {
  showState("reconnecting", "reconnecting …");
  addNotice(`connection lost: ${reason}`);
  // The server asked this tab to leave: the client comes back by itself in all other cases.
  if (!socket.active) showState("refused", "disconnected");
});

socket.io.on("reconnect_attempt", (attempt) => {
  showState("reconnecting", `reconnecting … (${attempt})`);
});

socket.io.on("reconnect", () => addNotice("connected again"));

socket.on("connect_error", (error) => {
  if (socket.active) return;
  byId("refusal").textContent = error.message;
  byId("welcome").hidden = false;
  byId("chat").hidden = true;
});

function showState(state, text) {
  byId("state").dataset.state = state;
  byId("state").textContent = text;
  if (state !== "connected") byId("transport").textContent = "";
}

// --- joining, and going to another room

byId("nickname").value = sessionStorage.getItem("name") ?? "";

byId("welcome").addEventListener("submit", (event) => {
  event.preventDefault();
  user.name = byId("nickname").value;
  user.room = byId("first-room").value;
  sessionStorage.setItem("name", user.name);
  byId("refusal").textContent = "";
  byId("welcome").hidden = true;
  byId("chat").hidden = false;
  byId("text").focus();
  socket.connect();
});

byId("other-room").addEventListener("submit", (event) => {
  event.preventDefault();
  goTo(byId("room-name").value);
  byId("room-name").value = "";
});

function goTo(room) {
  if (room.trim()) socket.emit("change room", room);
}

socket.on("rooms", (rooms) => {
  const buttons = Object.entries(rooms).map(([room, count]) => {
    const button = element("button", { type: "button", textContent: room });
    button.append(element("span", { className: "count", textContent: count }));
    button.setAttribute("aria-current", room === user.room);
    button.addEventListener("click", () => goTo(room));
    return wrapped("li", button);
  });
  byId("rooms").replaceChildren(...buttons);
});

socket.on("members", (room, members) => {
  if (room !== user.room) {
    user.room = room;
    byId("log").replaceChildren();
  }
  document.title = `${user.name} in ${room}`;
  const items = members.map(({ id, name, transport }) => {
    const item = element("li", { textContent: id === socket.id ? `${name} (you)` : name });
    item.append(element("span", { className: "badge", textContent: transport }));
    return item;
  });
  byId("members").replaceChildren(...items);
});

// --- text, images, and who is typing

let typingSent = 0;
let typingTimer;

byId("compose").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = byId("text").value.trim();
  if (!text) return;
  const item = addMessage(user.name, element("p", { textContent: text }), true);
  // The client keeps it while it is not connected, and sends it afterwards.
  socket.emit("message", text, () => item.classList.add("delivered"));
  byId("text").value = "";
  typingSent = 0;
});

byId("text").addEventListener("input", () => {
  if (Date.now() - typingSent < TYPING_EVERY) return;
  typingSent = Date.now();
  socket.volatile.emit("typing");
});

byId("attach").addEventListener("click", () => byId("file").click());
byId("file").addEventListener("change", () => {
  sendImage(byId("file").files[0]);
  byId("file").value = "";
});
document.addEventListener("paste", (event) => sendImage(event.clipboardData.files[0]));
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  sendImage(event.dataTransfer.files[0]);
});

async function sendImage(file) {
  if (!file || !user.name) return;
  if (!IMAGE_KINDS.includes(file.type)) return addNotice("only PNG, JPEG, GIF and WebP images");
  if (file.size > IMAGE_BYTES) return addNotice("the image is larger than 3 MB");
  const content = await file.arrayBuffer();
  const item = addMessage(user.name, picture(file.type, content), true);
  socket.emit("image", file.type, content, () => item.classList.add("delivered"));
}

socket.on("message", (name, text) => {
  byId("typing").textContent = "";
  addMessage(name, element("p", { textContent: text }), false);
});

socket.on("image", (name, kind, content) => addMessage(name, picture(kind, content), false));

socket.on("notice", addNotice);

socket.on("typing", (name) => {
  byId("typing").textContent = `${name} is typing …`;
  clearTimeout(typingTimer);
  typingTimer = setTimeout(() => (byId("typing").textContent = ""), TYPING_SHOWN);
});

// --- what is shown

function picture(kind, content) {
  const type = IMAGE_KINDS.includes(kind) ? kind : "application/octet-stream";
  const url = URL.createObjectURL(new Blob([content], { type }));
  const image = element("img", { src: url, alt: "an image" });
  image.addEventListener("load", () => {
    URL.revokeObjectURL(url);
    image.scrollIntoView({ block: "end" });
  });
  return image;
}

function addMessage(name, content, own) {
  const item = element("li", { className: own ? "message own" : "message" });
  const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const author = element("strong", { textContent: name });
  author.style.setProperty("--hue", hue(name));
  item.append(wrapped("header", author, element("time", { textContent: time })), content);
  return show(item);
}

function addNotice(text) {
  show(element("li", { className: "notice", textContent: text }));
}

function show(item) {
  byId("log").append(item);
  item.scrollIntoView({ block: "end" });
  return item;
}

function element(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

function wrapped(tag, ...children) {
  const outer = document.createElement(tag);
  outer.append(...children);
  return outer;
}

// The same colour for the same name in all tabs.
function hue(name) {
  return [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7);
}
