import { setTimeout as sleep } from 'node:timers/promises';

/** What {@link httpBytes} and {@link requestBytes} need to know. */
export interface HttpBytesArgs {
  /** The address. */
  url: string;
  /** First byte wanted. Defaults to 0. */
  start?: number;
  /** One past the last byte wanted. Defaults to the end of the file. */
  end?: number;
  /** Seconds to wait for the server's first answer. Defaults to 10. */
  connectSeconds?: number;
  /** Seconds of waiting with less than 1 kB for each of them, after which the connection is given up. Defaults to 30. */
  stallSeconds?: number;
  /** Seconds before the first retry; they double with each failure in a row. Defaults to 1. */
  retrySeconds?: number;
  /** The most bytes that the whole file may have. Defaults to 600 MB: the largest of Keras's, VGG19 with its top, has 575. */
  most?: number;
}

/** Bytes of a file, and what the server says of all of it. */
interface HttpChunk {
  chunk: Uint8Array;
  /** Bytes of the whole file. */
  total: number | undefined;
  /** Hash of the whole file, `md5:<hex>`. */
  md5: string | undefined;
}

/** The default of `most`. */
export const MOST_BYTES = 600e6;

const RETRIES = 5;
// New bytes that make up for all failures before them: who sends one and breaks off, again and again, gets nowhere.
const HEADWAY = 2 ** 14;

/** An answer that no retry will change, such as 404. */
class HttpError extends Error {
  readonly mayPass: boolean;
  constructor(status: number, text: string) {
    super(`the server answered ${status} ${text}`.trim());
    this.mayPass = status === 408 || status === 429 || status >= 500;
  }
}

/**
 * Asks once for a range of bytes.
 *
 * @returns `ranged`: whether the server sends just that range; `total`: bytes of the whole file, where it says so;
 * `version`: what tells one version of the file from another; `md5`: the whole file's, `md5:<hex>`, where the server says it, as
 * Google's storage does; `chunks`: the bytes.
 * @throws HttpError on any status but 200, 206 and 416 (nothing is left to send), and where the whole file is too large.
 */
async function requestBytes(args: HttpBytesArgs) {
  const { url, start = 0, end, connectSeconds = 10, stallSeconds = 30, most = MOST_BYTES } = args;
  const controller = new AbortController();
  const giveUp = (seconds: number, why: string) =>
    setTimeout(() => controller.abort(new Error(`the server sent ${why}`)), Math.max(0, seconds) * 1000);
  let timer = giveUp(connectSeconds, `nothing for ${connectSeconds} s`);
  const headers = new Headers({ 'accept-encoding': 'identity' });
  if (start > 0 || end !== undefined) {
    headers.set('range', `bytes=${start}-${end === undefined ? '' : end - 1}`);
  }
  const response = await fetch(url, { headers, signal: controller.signal }).finally(() => clearTimeout(timer));
  if (![200, 206, 416].includes(response.status)) {
    await response.body?.cancel();
    throw new HttpError(response.status, response.statusText);
  }
  const ranged = response.status !== 200;
  const coded = (response.headers.get('content-encoding') ?? 'identity') !== 'identity'; // another length than it says
  const length = ranged ? response.headers.get('content-range')?.split('/')[1] : response.headers.get('content-length');
  const total = !coded && length && /^\d+$/.test(length) ? Number(length) : undefined;
  if (total !== undefined && total > most) {
    controller.abort();
    throw tooLong(response.status, most);
  }
  const md5 = response.headers.get('x-goog-hash')?.match(/md5=([\w+/]{22}==)/)?.[1];
  async function* chunks(): AsyncGenerator<Uint8Array> {
    if (response.status === 416 || response.body === null) {
      return;
    }
    const reader = response.body.getReader();
    let waited = 0; // seconds for the server, not for who takes the bytes
    let came = 0;
    try {
      for (;;) {
        const since = performance.now();
        timer = giveUp(stallSeconds - waited, `${came > 0 ? 'less than 1 kB/s' : 'nothing'} for ${stallSeconds} s`);
        const { value } = await reader.read().finally(() => clearTimeout(timer));
        if (!value) {
          return;
        }
        waited += (performance.now() - since) / 1000;
        came += value.length;
        if (came >= 1000 * stallSeconds) {
          waited = 0;
          came = 0;
        }
        yield value;
      }
    } finally {
      controller.abort();
    }
  }
  return {
    ranged,
    total,
    md5: md5 && `md5:${Buffer.from(md5, 'base64').toString('hex')}`,
    version: `${response.headers.get('etag')} ${total}`,
    chunks,
    abort: () => controller.abort(),
  };
}

function tooLong(status: number, most: number): HttpError {
  return new HttpError(status, `with more than the ${most} bytes that were expected at most`);
}

/** {@link requestBytes}, asked again where the server says that it is busy. */
export async function requestBytesPatiently(args: HttpBytesArgs): ReturnType<typeof requestBytes> {
  for (let failures = 0; ; ) {
    try {
      return await requestBytes(args);
    } catch (error) {
      if (!(error instanceof HttpError && error.mayPass) || failures === RETRIES) {
        throw error;
      }
      await sleep((args.retrySeconds ?? 1) * 1000 * 2 ** failures++);
    }
  }
}

/**
 * The bytes of a file on a server, with its total size and MD5 where the server says them, retried and continued from where the
 * connection broke; where the server ignores ranges, what is already there is read again and dropped.
 *
 * @throws When the server can't be reached at all, says no (404), sends more than `most` bytes, or five tries in a row bring
 * next to nothing new.
 */
export async function* httpBytes(args: HttpBytesArgs): AsyncGenerator<HttpChunk, void> {
  const { start = 0, end, retrySeconds = 1, most = MOST_BYTES } = args;
  let position = start;
  let gained = 0; // since the last failure
  let version: string | undefined;
  for (let failures = 0; ; ) {
    try {
      const reply = await requestBytes({ ...args, start: position });
      version ??= reply.version;
      if (version !== reply.version) {
        reply.abort();
        throw new HttpError(200, 'with another file than before: it was changed meanwhile');
      }
      let known = reply.ranged ? 0 : position;
      const last = end ?? reply.total;
      const stop = last ?? most + 1; // however much the server goes on to send
      for await (const chunk of position < stop ? reply.chunks() : []) {
        const fresh = chunk.subarray(Math.min(known, chunk.length), known + stop - position);
        known = Math.max(0, known - chunk.length);
        if (fresh.length > 0) {
          position += fresh.length;
          gained += fresh.length;
          failures = gained < HEADWAY ? failures : 0;
          yield { chunk: fresh, total: reply.total, md5: reply.md5 };
        }
        if (position >= stop) {
          break;
        }
      }
      reply.abort();
      if (last === undefined && position > most) {
        throw tooLong(200, most);
      }
      if (last === undefined || position >= last) {
        return;
      }
      throw new Error(`the connection closed ${last - position} bytes too early`);
    } catch (error) {
      const mayPass = error instanceof HttpError ? error.mayPass : version !== undefined;
      if (!mayPass || failures === RETRIES) {
        throw error;
      }
      gained = 0;
      await sleep(retrySeconds * 1000 * 2 ** failures++);
    }
  }
}
