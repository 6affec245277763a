// What arrived at a client and was not taken yet, so that a script may ask for it late and miss nothing.

export class Inbox {
  #records = [];
  #waiting = [];

  put(name, ...args) {
    const index = this.#waiting.findIndex(({ names }) => names.includes(name));
    if (index < 0) this.#records.push([name, ...args]);
    else this.#waiting.splice(index, 1)[0].resolve([name, ...args]);
  }

  // The earliest record of one of these names, now or as soon as it is there.
  take(...names) {
    const index = this.#records.findIndex(([name]) => names.includes(name));
    if (index >= 0) return Promise.resolve(this.#records.splice(index, 1)[0]);
    return new Promise((resolve) => this.#waiting.push({ names, resolve }));
  }

  // What a script waits for in vain, for the message of a timeout.
  get missing() {
    return this.#waiting.map(({ names }) => names.join(" or "));
  }
}
