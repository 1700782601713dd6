import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How a {@link serveFile} misbehaves; every field may be changed while it runs. */
export interface Behaviour {
  /** Answers with this status and nothing else. */
  status?: number;
  /** Sends these headers too. */
  headers?: Record<string, string>;
  /** Sends whole files only. */
  ignoreRanges?: boolean;
  /** Cuts the connection after so many bytes of an answer; the function is asked anew for each request. */
  cutAfter?: () => number | undefined;
  /** Falls silent after so many bytes of an answer, connection open. */
  stallAfter?: () => number | undefined;
  /** Waits so long before each piece. */
  delayMs?: number;
  /** Bytes of a piece. Defaults to 16 kB. */
  pieceBytes?: number;
  /** Says no length, and sends the content over and over. */
  endless?: boolean;
}

/**
 * A real HTTP server on this machine with one file.
 *
 * @returns Its address, the `Range` header of each request so far ('' where there was none), the bytes sent, its behaviour and content
 * (both may be changed), and how to stop it.
 */
export async function serveFile(content: Buffer, behaviour: Behaviour = {}) {
  const served = { content, behaviour, ranges: [] as string[], sent: 0, url: '', close: async () => {} };
  const server = createServer(async (request, response) => {
    const { status, headers, ignoreRanges, cutAfter, stallAfter, endless } = served.behaviour;
    served.ranges.push(request.headers.range ?? '');
    if (status) {
      response.writeHead(status).end();
      return;
    }
    const size = served.content.length;
    const [, first, last] = (!ignoreRanges && request.headers.range?.match(/^bytes=(\d+)-(\d*)$/)) || [];
    const start = Number(first ?? 0);
    const end = last ? Math.min(Number(last) + 1, size) : size;
    if (first !== undefined && start >= size) {
      response.writeHead(416, { 'content-range': `bytes */${size}` }).end();
      return;
    }
    const range = first === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${size}` };
    const length = endless ? {} : { 'content-length': end - start };
    response.writeHead(first === undefined ? 200 : 206, { ...length, ...range, ...headers });
    const body = served.content.subarray(start, end);
    const cut = cutAfter?.() ?? Number.POSITIVE_INFINITY;
    const stall = stallAfter?.() ?? Number.POSITIVE_INFINITY;
    for (let at = 0; !response.destroyed; ) {
      if (at >= body.length) {
        if (!endless) break;
        at = 0;
      }
      if (at >= cut) {
        response.destroy();
        return;
      }
      if (at >= stall) {
        return;
      }
      await sleep(served.behaviour.delayMs ?? 0);
      const next = Math.min(at + (served.behaviour.pieceBytes ?? 16384), cut, stall);
      await new Promise<void>((sent) => response.write(body.subarray(at, next), () => sent()));
      served.sent += Math.min(next, body.length) - at;
      at = next;
    }
    response.end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  served.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.bin`;
  served.close = async () => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };
  return served;
}
