/**
 * @file The entry of the notebooks' kernel: tslab, made to keep to the Jupyter messaging protocol
 * (https://jupyter-client.readthedocs.io/en/stable/messaging.html). tslab alone sends no `execute_input` and no `error`
 * and drops requests for 200 ms after an error; nbval and nbclient then take a cell that throws for a good one.
 */
const util = require('node:util');

// A cell may import tfjs-node before thaw: Node 23 removed a function that tfjs-node 4.22 calls.
Object.assign(util, { isNullOrUndefined: (/** @type {unknown} */ value) => value === null || value === undefined });
// Cells print into a notebook: without colours, also where the kernel was started from a terminal.
for (const stream of [process.stdout, process.stderr]) stream.isTTY = false;
delete process.env.FORCE_COLOR;
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'; // no notes about the processor's instruction sets

const { versions } = require('tslab');
const { createConverter } = require('tslab/dist/converter');
const { createExecutor } = require('tslab/dist/executor');
const jupyter = require('tslab/dist/jupyter');

/** @typedef {Parameters<jupyter.ZmqServer['handleExecute']>[1]} Message */
/** @typedef {{ ename: string, evalue: string, traceback: string[] }} Failure the protocol's description of an error */

/** @type {Failure[] | undefined} What went wrong in the running cell; undefined while none runs. */
let failures;

/** @param {string} ename @param {string} evalue @param {string} [trace] @returns {Failure} */
function failure(ename, evalue, trace = `${ename}: ${evalue}`) {
  return { ename, evalue, traceback: trace.split('\n') };
}

/** Describes what was thrown, without the stack's lines that are tslab's and Node's own. @param {unknown} thrown */
function describe(thrown) {
  if (!(thrown instanceof Error)) return failure('Uncaught', util.inspect(thrown));
  if (thrown.message === 'Interrupted asynchronously' || util.inspect(thrown).includes('interrupted by `SIGINT`'))
    return failure('KeyboardInterrupt', 'the cell was interrupted');
  const lines = util.inspect(thrown).split('\n');
  const own = lines.filter((line) => !/^\s+at .*(tslab\/dist|node:vm|node:internal|kernel\.cjs)/.test(line));
  return failure(thrown.name, thrown.message, own.join('\n'));
}

/** An error that no one awaited fails the cell that runs, and is printed where none does. @param {unknown} reason */
function reportUnhandled(reason) {
  if (failures) failures.push(describe(reason));
  else console.error(describe(reason).traceback.join('\n'));
}

/**
 * Makes SIGINT's listeners hear again. tslab runs a cell's first, synchronous part so that SIGINT breaks it; in its end
 * Node resets the signal, and the next would end the kernel where that part had added a listener.
 */
function listenAnew() {
  const listeners = process.rawListeners('SIGINT');
  process.removeAllListeners('SIGINT');
  for (const listener of listeners) process.on('SIGINT', /** @type {() => void} */ (listener));
}

const node = createConverter({ isJS: false, isBrowser: false });
const converters = { node, browser: node, close: () => node.close() };
const executor = createExecutor(process.cwd(), converters, {
  log: console.log,
  // tslab calls it with what was thrown, or with a format and the place and text of a type error.
  error: (first, ...rest) =>
    failures?.push(rest.length === 0 ? describe(first) : failure('TypeScriptError', util.format(first, ...rest))),
});

/** tslab finds `name` of an earlier cell, but not in the shorthand `{ name }`: there it is found as a global. */
function shareVariables() {
  for (const name of Object.keys(executor.locals)) {
    if (name in globalThis) continue;
    Object.defineProperty(globalThis, name, { get: () => executor.locals[name], configurable: true });
  }
}

const handler = new jupyter.JupyterHandlerImpl(executor, false);
const DELIMITER = Buffer.from('<IDS|MSG>'); // between addresses and message, in every request
const turn = () => new Promise((resolve) => setImmediate(resolve));

class Kernel extends jupyter.ZmqServer {
  executionCount = 0;
  arrived = 0; // number of the latest shell request
  current = 0; // number of the shell request in work
  abortedUpTo = 0;
  queue = Promise.resolve();

  /** Works the shell's requests off one after another (stop and shutdown come by the control socket, at once).
   * @param {import('zeromq').Router} sock @param {Buffer[]} frames @override */
  handleShellMessage(sock, ...frames) {
    if (sock !== this.shell) return super.handleShellMessage(sock, ...frames);
    const number = ++this.arrived;
    this.queue = this.queue.then(async () => {
      this.current = number;
      try {
        if (!this.handleHistory(sock, frames)) await super.handleShellMessage(sock, ...frames);
      } catch (error) {
        reportUnhandled(error);
      }
    });
    return this.queue;
  }

  /** @param {unknown} sock @param {Message} request @param {string} type @param {object} content */
  send(sock, request, type, content) {
    const message = request.createReply();
    message.header.msg_type = type;
    message.content = content;
    message.signAndSend(this.connInfo.key, sock);
  }

  /** Answers JupyterLab's question for earlier cells: there are none. tslab would print a warning below some cell.
   * @param {import('zeromq').Router} sock @param {Buffer[]} frames @returns {boolean} whether it was this question */
  handleHistory(sock, frames) {
    const header = frames[frames.findIndex((frame) => frame.equals(DELIMITER)) + 2];
    if (!this.messages || JSON.parse(String(header)).msg_type !== 'history_request') return false;
    const request = this.messages.fromRaw(this.connInfo.key, frames);
    this.publishStatus('busy', request);
    this.send(sock, request, 'history_reply', { status: 'ok', history: [] });
    this.publishStatus('idle', request);
    return true;
  }

  /** @param {unknown} sock @param {Message} request @override */
  handleKernelInfo(sock, request) {
    this.messages = /** @type {{ fromRaw(key: string, frames: Buffer[]): Message }} */ (
      /** @type {unknown} */ (request.constructor)
    );
    const info = handler.handleKernel();
    info.language_info.version = versions.typescript; // tslab has it as 3.7.2, and notebooks keep it
    this.send(sock, request, 'kernel_info_reply', { status: 'ok', ...info });
  }

  /** @param {unknown} sock @param {Message} request @override */
  handleCommInfoRequest(sock, request) {
    this.send(sock, request, 'comm_info_reply', { status: 'ok', comms: {} });
  }

  /** @param {unknown} sock @param {Message} request @override */
  handleShutdown(sock, request) {
    this.send(sock, request, 'shutdown_reply', { restart: false, ...request.content, status: 'ok' });
  }

  /** @param {unknown} sock @param {Message} request @override */
  async handleExecute(sock, request) {
    const { code, silent, store_history, stop_on_error } =
      /** @type {{ code: string, silent?: boolean, store_history?: boolean, stop_on_error?: boolean }} */ (
        request.content
      );
    if (this.current <= this.abortedUpTo) return this.send(sock, request, 'execute_reply', { status: 'aborted' });
    if (!silent && store_history !== false) this.executionCount++;
    const execution_count = this.executionCount;

    /** @param {string} type @param {object} content */
    const publish = (type, content) => {
      if (!silent) this.send(this.iopub, request, type, content);
    };
    /** @param {string} name @param {string} text */
    const writeStream = (name, text) => publish('stream', { name, text });
    Object.assign(process.stdout, { write: handler.createWriteToIopub('stdout', writeStream) });
    Object.assign(process.stderr, { write: handler.createWriteToIopub('stderr', writeStream) });
    Object.assign(jupyter, {
      /** @param {object} data @param {boolean} update */
      lastWriteDisplayData: (data, update) => publish(update ? 'update_display_data' : 'display_data', data),
    });
    publish('execute_input', { code, execution_count });

    /** @type {Failure[]} */
    const cellFailures = [];
    failures = cellFailures;
    const execution = executor.execute(code); // runs as far as the cell's first await
    listenAnew();
    await execution.catch(reportUnhandled);
    // Two turns of the event loop bring the rejections that nobody awaits, and the requests sent while the cell ran.
    await turn();
    await turn();
    failures = undefined;
    shareVariables();

    const [first] = cellFailures;
    if (!first) {
      this.send(sock, request, 'execute_reply', { status: 'ok', execution_count, user_expressions: {} });
      return;
    }
    if (stop_on_error !== false) this.abortedUpTo = this.arrived;
    const error = { ...first, traceback: cellFailures.flatMap(({ traceback }) => traceback) };
    publish('error', error);
    this.send(sock, request, 'execute_reply', { status: 'error', execution_count, ...error });
  }

  /** @override */
  close() {
    super.close();
    setTimeout(() => process.exit(), 100); // the last replies are on their way
  }
}

// Outputs may wait in any number: by default a cell that prints 1000 lines at once loses half of them. (Assigned, as
// tslab's types have it private.)
Object.assign(Kernel.prototype, {
  /** @this {Kernel} @param {{ bind(address: string): Promise<void> }} socket @param {number} port */
  bindSocket(socket, port) {
    if (socket === this.iopub) Object.assign(socket, { sendHighWaterMark: 0, sendTimeout: 0 });
    return socket.bind(`${this.connInfo.transport}://${this.connInfo.ip}:${port}`);
  },
});

process.on('uncaughtException', reportUnhandled);
process.on('unhandledRejection', reportUnhandled);
process.on('SIGINT', () => executor.interrupt());
// Jupyter starts a kernel as leader of a group of processes: nothing that a cell started outlives it.
process.on('exit', () => {
  try {
    process.kill(-process.pid, 'SIGTERM');
  } catch {} // started by hand, it leads no group
});
const parent = process.ppid;
setInterval(() => process.ppid === parent || process.exit(), 1000).unref();

const { values } = util.parseArgs({ options: { 'config-path': { type: 'string' } } });
new Kernel(handler, values['config-path'] ?? '').init().catch((error) => {
  console.error(error);
  process.exit(1);
});
