import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, rename, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeNpz } from '@onestep/checkpoint/node';
import { contentDigest, sha256OfFile } from '../src/node/index.js';

let folder: string;
const inFolder = (...names: string[]) => join(folder, ...names);
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
/** Long ago: the digest of a file with this date is kept. */
const DATE = new Date('2024-01-01');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-digest-'));
  process.env.ONESTEP_CACHE_DIR = inFolder('cache');
});
afterEach(async () => {
  delete process.env.ONESTEP_CACHE_DIR;
  await rm(folder, { recursive: true });
});

async function write(name: string, text: string): Promise<string> {
  await writeFile(inFolder(name), text);
  await utimes(inFolder(name), DATE, DATE);
  return inFolder(name);
}

describe('contentDigest', () => {
  it('is the SHA-256 of a file, in any place and under any date', async () => {
    const path = await write('a', 'one');
    expect(await contentDigest(path)).toBe(`sha256:${sha256('one')}`);
    await rename(path, inFolder('b'));
    await utimes(inFolder('b'), new Date(), new Date());
    expect(await contentDigest(inFolder('b'))).toBe(`sha256:${sha256('one')}`);
  });

  it('sees that a file of equal size and date is another one: rewritten, replaced, or a link that points elsewhere', async () => {
    const path = await write('a', 'one');
    const known = await stat(path, { bigint: true });
    expect(await sha256OfFile(path)).toBe(sha256('one'));
    await write('a', 'two');
    expect((await stat(path, { bigint: true })).mtimeNs).toBe(known.mtimeNs);
    expect(await sha256OfFile(path)).toBe(sha256('two'));
    await rename(await write('b', 'six'), path);
    expect(await sha256OfFile(path)).toBe(sha256('six'));
    await symlink(path, inFolder('link'));
    expect(await sha256OfFile(inFolder('link'))).toBe(sha256('six'));
    await rm(inFolder('link'));
    await symlink(await write('c', 'ten'), inFolder('link'));
    expect(await sha256OfFile(inFolder('link'))).toBe(sha256('ten'));
  });

  it('of a folder depends on names and contents, and neither on dates nor on hidden files', async () => {
    const fill = async (name: string, files: Record<string, string>) => {
      await mkdir(inFolder(name, 'cats'), { recursive: true });
      for (const [file, text] of Object.entries(files)) await writeFile(inFolder(name, file), text);
      return contentDigest(inFolder(name));
    };
    const digest = await fill('a', { 'cats/1.png': 'x', 'cats/2.png': 'y' });
    expect(digest).toMatch(/^folder:[0-9a-f]{64}$/);
    await cp(inFolder('a'), inFolder('copy'), { recursive: true });
    await writeFile(inFolder('copy', '.DS_Store'), 'view');
    expect(await contentDigest(inFolder('copy'))).toBe(digest);
    expect(await fill('b', { 'cats/1.png': 'y', 'cats/2.png': 'x' })).not.toBe(digest);
    expect(await fill('c', { 'cats/1.png': 'x', 'cats/3.png': 'y' })).not.toBe(digest);
    expect(await fill('a', { 'cats/2.png': 'z' })).not.toBe(digest);
  });

  it('of a large ZIP archive reads its directory only, and tells archives apart that differ in one pixel', async () => {
    const write = async (name: string, last: number) => {
      const pixels = new Uint8Array(65 * 2 ** 20);
      pixels[pixels.length - 1] = last;
      await writeNpz(inFolder(name), { arr_0: { shape: [pixels.length], pieces: [pixels] } });
      let read = 0;
      return { digest: await contentDigest(inFolder(name), { onProgress: (done) => (read = done) }), read };
    };
    const [one, other] = [await write('a.zip', 1), await write('b.zip', 2)];
    expect(one).toEqual({ digest: expect.stringMatching(/^zip:/), read: 0 });
    expect(other.digest).not.toBe(one.digest);
  });

  it('is computed once for a file that does not change, and again for one that changed just now', async () => {
    const reads = async (path: string) => {
      let count = 0;
      await contentDigest(path, { onProgress: () => count++ });
      return count;
    };
    // A file that has been there for a while, and that no other test reads.
    const old = fileURLToPath(new URL('../README.md', import.meta.url));
    expect(await reads(old)).toBeGreaterThan(0);
    expect(await reads(old)).toBe(0);
    // Its next change may get the same date: clocks of file systems are coarse.
    const fresh = await write('fresh', 'x');
    expect([await reads(fresh), await reads(fresh)]).toEqual([1, 1]);
  });

  it('reports its progress and stops at a signal', async () => {
    const path = await write('large', 'x');
    await truncate(path, 4 * 2 ** 20);
    const seen: [number, number][] = [];
    const controller = new AbortController();
    const onProgress = (done: number, total: number) => {
      if (seen.push([done, total]) === 2) controller.abort(new Error('enough'));
    };
    await expect(contentDigest(path, { onProgress, signal: controller.signal })).rejects.toThrow('enough');
    expect(seen).toEqual([[2 ** 20, 2 ** 22], [2 ** 21, 2 ** 22]]); // prettier-ignore
  });
});
