import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadTeacher } from '../src/index.js';
import { downloadToCache } from '../src/node/index.js';
import { tinyTeacher } from './support/tiny-networks.js';

const CONTENTS = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251));
const CHECKSUM = createHash('sha256').update(CONTENTS).digest('hex');

/** A server of one file that understands ranges. */
class FileServer {
  contents: Buffer = CONTENTS;
  tag = '"one"';
  /** Breaks the connection after so many bytes of each answer. */
  cutAfter = Infinity;
  readonly ranges: (string | undefined)[] = [];
  private constructor(private readonly server: Server) {}

  static async start(): Promise<FileServer> {
    const server = createServer((request, response) => self.answer(request, response));
    const self = new FileServer(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return self;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/files/a network.pkl?v=1`.replace(
      ' ',
      '%20',
    );
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { range, 'if-range': ifRange } = request.headers;
    this.ranges.push(range);
    if (request.url?.startsWith('/files/') !== true) {
      response.writeHead(404).end();
      return;
    }
    const wanted = /^bytes=(\d+)-$/.exec(range ?? '')?.[1];
    const start = wanted !== undefined && ifRange === this.tag ? Number(wanted) : 0;
    const body = this.contents.subarray(start);
    const headers = { ETag: this.tag, 'Content-Length': body.length };
    if (start > 0) {
      const bounds = `bytes ${start}-${this.contents.length - 1}/${this.contents.length}`;
      response.writeHead(206, { ...headers, 'Content-Range': bounds });
    } else response.writeHead(200, headers);
    if (body.length <= this.cutAfter) response.end(body);
    else response.write(body.subarray(0, this.cutAfter), () => setImmediate(() => response.destroy()));
  }
}

let cache: string;
let server: FileServer;
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'onestep-cache-'));
  process.env.ONESTEP_CACHE_DIR = cache;
  server = await FileServer.start();
});
afterEach(async () => {
  await server.stop();
  delete process.env.ONESTEP_CACHE_DIR;
  await rm(cache, { recursive: true });
});

describe('a download', () => {
  it('is downloaded once, with its checksum beside it', async () => {
    const path = await downloadToCache(server.url);
    expect(await readFile(path)).toEqual(CONTENTS);
    expect(path).toMatch(/[0-9a-f]{16}-a_20network\.pkl$/);
    const name = path.slice(cache.length + 1);
    expect(await readFile(`${path}.sha256`, 'utf8')).toBe(`${CHECKSUM}  ${name}\n`);
    expect((await readdir(cache)).sort()).toEqual([name, `${name}.sha256`]);
    expect(await downloadToCache(`${server.url}#sha256=${CHECKSUM.toUpperCase()}`)).toBe(path);
    expect(server.ranges).toHaveLength(1);
  });

  it('is completed where the connection broke, in the same run', async () => {
    server.cutAfter = 130_000;
    expect(await readFile(await downloadToCache(server.url))).toEqual(CONTENTS);
    expect(server.ranges.length).toBeGreaterThanOrEqual(3);
    expect(server.ranges.slice(1).every((range) => range?.startsWith('bytes='))).toBe(true);
  });

  it('is completed where an earlier run stopped, unless the file has changed since', async () => {
    server.cutAfter = 0;
    await expect(downloadToCache(server.url)).rejects.toThrow('could not be fetched');
    const etag = (await readdir(cache)).find((name) => name.endsWith('.part.etag'))!;
    const part = join(cache, etag.slice(0, -'.etag'.length));
    server.cutAfter = Infinity;

    await writeFile(part, CONTENTS.subarray(0, 1000));
    expect(await readFile(await downloadToCache(server.url))).toEqual(CONTENTS);
    expect(server.ranges.at(-1)).toBe('bytes=1000-');

    const path = part.slice(0, -'.part'.length);
    await rm(path);
    await writeFile(part, 'what an older version of the file began with');
    await writeFile(`${part}.etag`, '"older"');
    expect(await readFile(await downloadToCache(server.url))).toEqual(CONTENTS);
  });

  it('is downloaded once by runs that start together, and the others wait', async () => {
    server.contents = Buffer.concat(Array.from({ length: 40 }, () => CONTENTS));
    const paths = await Promise.all([1, 2, 3, 4].map(() => downloadToCache(server.url)));
    expect(server.ranges).toHaveLength(1);
    expect(new Set(paths).size).toBe(1);
    expect((await readFile(paths[0]!)).equals(server.contents)).toBe(true);
    expect(await downloadToCache(server.url)).toBe(paths[0]);
  });

  it('goes on where a killed run left its lock', async () => {
    const path = await downloadToCache(server.url);
    await rm(path);
    const ended = spawnSync(process.execPath, ['--version']).pid;
    await writeFile(`${path}.lock`, JSON.stringify({ pid: ended, host: hostname(), started: null }));
    expect(await downloadToCache(server.url)).toBe(path);
    expect((await readdir(cache)).filter((name) => name.endsWith('.lock'))).toEqual([]);
    await rm(path);
    await writeFile(`${path}.lock`, JSON.stringify({ pid: 1, host: 'elsewhere', started: null }));
    await expect(downloadToCache(server.url)).rejects.toThrow(
      `process 1 on elsewhere is downloading it. If that process`,
    );
  });

  it('is refused with another checksum than the one given, and not kept', async () => {
    const wrong = `${server.url}#sha256=${'0'.repeat(64)}`;
    await expect(downloadToCache(wrong)).rejects.toThrow(`is ${CHECKSUM}, and should be ${'0'.repeat(64)}`);
    expect(await readdir(cache)).toEqual([]);
    const path = await downloadToCache(server.url);
    await expect(downloadToCache(wrong)).rejects.toThrow(path);
    await expect(downloadToCache(`${server.url}#md5=0`)).rejects.toThrow('must be sha256=');
  });

  it('is refused if the cached file has changed', async () => {
    const path = await downloadToCache(server.url);
    await writeFile(path, CONTENTS.subarray(1));
    await expect(downloadToCache(server.url)).rejects.toThrow(/Delete it to have it downloaded again/);
  });

  it('that the server does not have, or without a server, is a clear error', async () => {
    const missing = new URL('/none.pkl', server.url).href;
    await expect(downloadToCache(missing)).rejects.toThrow(`${missing}: the server answered 404`);
    const { url } = server;
    await server.stop();
    await expect(downloadToCache(url)).rejects.toThrow(/could not be fetched: ECONNREFUSED\. Is there a connection\?/);
    server = await FileServer.start();
    await expect(downloadToCache('http://')).rejects.toThrow('not a valid address');
  });
});

it('a model named by its address is downloaded with progress, and can be stopped', async () => {
  const bytes = await tinyTeacher();
  server.contents = Buffer.from(bytes);
  const seen: [number, number | null][] = [];
  const teacher = await loadTeacher(server.url, { onProgress: (...progress) => seen.push(progress) });
  expect(teacher.network.settings).toEqual((await loadTeacher(bytes)).network.settings);
  expect(seen[0]).toEqual([0, bytes.length]);
  expect(seen.at(-1)).toEqual([bytes.length, bytes.length]);

  const stopped = loadTeacher(new URL('?other', server.url), { signal: AbortSignal.abort('enough') });
  await expect(stopped).rejects.toBe('enough');
});
