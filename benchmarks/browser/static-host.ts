import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
};
/** What static hosts compress: text and WebAssembly, and nothing of which they do not know the type. */
const isCompressed = (path: string) => extname(path) in TYPES;
/** Quality at which hosts compress with Brotli on the way. */
const BROTLI_QUALITY = 5;
const ISOLATED = '/isolated/';
const PLAIN = '/plain/';
const CHUNK = 16_384;

/** A line between host and browser; all transfers share it. */
export interface Line {
  name: string;
  /** Megabits a second. */
  mbps: number;
  /** Time from a request to the first byte of its answer, ms. */
  roundTrip: number;
}

/** Sizes of a file, in bytes. */
export interface Sizes {
  plain: number;
  gzip: number;
  brotli: number;
}

/** A host of static files that compresses with gzip. */
export interface StaticHost {
  /** URL of the files, with a slash at the end. */
  address: string;
  /** The same with the headers that make a page cross-origin isolated. */
  isolatedAddress: string;
  /** Paths that were requested since the last call, in order. */
  takeRequests(): string[];
  close(): void;
}

/** Serves a folder. @param line left out, as fast as this machine can */
export async function startStaticHost(folder: string, line?: Line): Promise<StaticHost> {
  let requests: string[] = [];
  const send = line === undefined ? sendAtOnce : paced(line);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url!, 'http://host');
    const isIsolated = pathname.startsWith(ISOLATED);
    const path = normalize(pathname.slice((isIsolated ? ISOLATED : PLAIN).length));
    requests.push(path);
    if (isIsolated) {
      response.setHeader('cross-origin-opener-policy', 'same-origin');
      response.setHeader('cross-origin-embedder-policy', 'require-corp');
    }
    let contents: Buffer;
    try {
      contents = readFileSync(join(folder, path));
    } catch {
      response.writeHead(404).end();
      return;
    }
    response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
    response.setHeader('cache-control', 'max-age=600');
    if (isCompressed(path)) response.setHeader('content-encoding', 'gzip');
    void send(response, isCompressed(path) ? gzipped(join(folder, path), contents) : contents);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address: host + PLAIN,
    isolatedAddress: host + ISOLATED,
    takeRequests() {
      const taken = requests;
      requests = [];
      return taken;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** What a file takes on the way, uncompressed where hosts leave it so. */
export function sizesOf(file: string): Sizes {
  const contents = readFileSync(file);
  const plain = contents.length;
  if (!isCompressed(file)) return { plain, gzip: plain, brotli: plain };
  const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
  return { plain, gzip: gzipped(file, contents).length, brotli: brotliCompressSync(contents, { params }).length };
}

const zipped = new Map<string, Buffer>();

/** Compresses a file once. */
function gzipped(file: string, contents: Buffer): Buffer {
  if (!zipped.has(file)) zipped.set(file, gzipSync(contents));
  return zipped.get(file)!;
}

async function sendAtOnce(response: ServerResponse, contents: Buffer): Promise<void> {
  response.end(contents);
}

/** Sends as a line does that all answers share. */
function paced({ mbps, roundTrip }: Line): typeof sendAtOnce {
  const bytesPerMs = (mbps * 1e6) / 8 / 1000;
  let freeAt = 0;
  return async (response, contents) => {
    await wait(roundTrip);
    for (let at = 0; at < contents.length; at += CHUNK) {
      const chunk = contents.subarray(at, at + CHUNK);
      freeAt = Math.max(freeAt, performance.now()) + chunk.length / bytesPerMs;
      await wait(freeAt - performance.now());
      response.write(chunk);
    }
    response.end();
  };
}
