/**
 * @file The kernel's sockets: tslab's, made to keep to the Jupyter messaging protocol
 * (https://jupyter-client.readthedocs.io/en/stable/messaging.html). tslab alone sends no `execute_input` and no `error`
 * and drops requests for 200 ms after an error; nbval and nbclient then take a cell that throws for a good one.
 */
const { executor, reportUnhandled, runCell } = require('./cells.cjs'); // before anything of tslab
const { versions } = require('tslab');
const jupyter = require('tslab/dist/jupyter');

const handler = new jupyter.JupyterHandlerImpl(executor, false);
/** @typedef {Parameters<jupyter.ZmqServer['handleExecute']>[1]} Message */

const DELIMITER = Buffer.from('<IDS|MSG>'); // between addresses and message, in every request

class Kernel extends jupyter.ZmqServer {
  executionCount = 0;
  unkept = 0; // number of cells that were not to count
  arrived = 0; // number of the latest shell request
  current = 0; // number of the shell request in work
  abortedUpTo = 0;
  queue = Promise.resolve();
  /** Until all sockets are bound ZeroMQ refuses to send by them. @type {Promise<unknown>} */
  bound = Promise.resolve();

  /** Works the shell's requests off one after another (stop and shutdown come by the control socket, at once).
   * @param {import('zeromq').Router} sock @param {Buffer[]} frames @override */
  handleShellMessage(sock, ...frames) {
    // On a busy machine a request comes before the binds are reported.
    if (sock !== this.shell) return this.bound.then(() => super.handleShellMessage(sock, ...frames));
    const number = ++this.arrived;
    this.queue = this.queue.then(async () => {
      await this.bound;
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
    const kept = !silent && store_history !== false;
    if (kept) this.executionCount++;
    const execution_count = this.executionCount;
    // nbval has no numbers in its history: there cells are counted.
    const number = kept ? execution_count : ++this.unkept;

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

    // nbval asks like this. It passes each cell at its end, and kills the kernel after the last.
    const lingers = store_history === false && stop_on_error === false;
    const failures = await runCell(code, `cell [${number}]`, lingers);
    const error = failures.error();
    if (!error) {
      this.send(sock, request, 'execute_reply', { status: 'ok', execution_count, user_expressions: {} });
      return;
    }
    if (stop_on_error !== false) this.abortedUpTo = this.arrived;
    publish('error', error);
    this.send(sock, request, 'execute_reply', { status: 'error', execution_count, ...error });
  }

  /** Answers each beat. tslab listens to a socket that isn't bound yet, and never again once it could not answer.
   * @param {import('zeromq').Reply} socket @param {string} address */
  async bindHeartbeat(socket, address) {
    socket.close();
    /** @type {import('zeromq').Reply} */
    const heart = Reflect.construct(socket.constructor, []);
    this.hb = heart;
    await heart.bind(address);
    (async () => {
      for await (const beat of heart) await heart.send(beat);
    })();
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
  /** @this {Kernel} @param {import('zeromq').Publisher | import('zeromq').Router | import('zeromq').Reply} socket @param {number} port */
  bindSocket(socket, port) {
    const address = `${this.connInfo.transport}://${this.connInfo.ip}:${port}`;
    if (socket === this.iopub) Object.assign(socket, { sendHighWaterMark: 0, sendTimeout: 0 });
    const bound = socket === this.hb ? this.bindHeartbeat(this.hb, address) : socket.bind(address);
    this.bound = Promise.all([this.bound, bound]);
    return bound;
  },
});

module.exports = { handler, Kernel };
