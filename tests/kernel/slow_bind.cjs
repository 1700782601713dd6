// Has sockets bound half a second late, and refuses meanwhile to send, as ZeroMQ does on a busy machine. To be required.
const Module = require('node:module');
const { setTimeout: sleep } = require('node:timers/promises');

/** @param {{ prototype: Record<'bind' | 'send', (...args: unknown[]) => Promise<void>> }} socketClass */
function slowDown({ prototype }) {
  const { bind, send } = prototype;
  const binding = new WeakSet();
  // Defined, since what they inherit can't be assigned to.
  Object.defineProperties(prototype, {
    bind: {
      /** @this {object} @param {unknown[]} args */
      async value(...args) {
        binding.add(this);
        await bind.apply(this, args);
        await sleep(500);
        binding.delete(this);
      },
    },
    send: {
      /** @this {object} @param {unknown[]} args */
      value(...args) {
        return binding.has(this) ? Promise.reject(new Error('Socket is blocked')) : send.apply(this, args);
      },
    },
  });
}

const { _load: load } = /** @type {{ _load(...args: unknown[]): any }} */ (/** @type {unknown} */ (Module));
let isSlow = false;
Object.assign(Module, {
  /** @param {unknown[]} args */
  _load(...args) {
    const loaded = load(...args);
    if (args[0] === 'zeromq' && !isSlow) {
      isSlow = true;
      for (const each of [loaded.Publisher, loaded.Router, loaded.Reply]) slowDown(each);
    }
    return loaded;
  },
});
