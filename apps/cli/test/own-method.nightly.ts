import { createHash } from 'node:crypto';
import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors } from '@onestep/checkpoint';
import { distillOwn, run, start, writeOwnMethod, type OwnMethod } from './support/own-method.js';

let own: OwnMethod;
let method: string;
let teacher: string;
const inFolder = (name: string) => join(own.folder, name);
const distill = (outdir: string, ...more: string[]) => distillOwn(own, outdir, ...more);

beforeAll(async () => {
  own = await writeOwnMethod();
  ({ method, teacher } = own);
});
afterAll(() => rm(own.folder, { recursive: true }));

/** Digest of every tensor of the newest snapshot. */
async function weights(outdir: string): Promise<string> {
  const name = (await readdir(outdir))
    .filter((file) => file.startsWith('network-snapshot-'))
    .sort()
    .at(-1)!;
  const { tensors } = decodeSafetensors(await readFile(join(outdir, name)), name);
  const hash = createHash('sha256');
  for (const [key, { data }] of Object.entries(tensors))
    hash.update(key).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return hash.digest('hex');
}

describe('a method of one’s own', () => {
  it('runs, is interrupted, and resumes bit-exactly', async () => {
    const whole = inFolder('whole');
    expect(await run(...distill(whole, '--duration', '48e-6'))).toMatchObject({ code: 0 });

    const stopped = inFolder('stopped');
    const { child, finished } = start(distill(stopped, '--duration', '48e-6'));
    child.stdout!.on('data', (chunk: Buffer) => {
      if (/tick 1\b/.test(chunk.toString())) child.kill('SIGINT');
    });
    const { code, output } = await finished;
    expect([code, output]).toEqual([130, expect.stringMatching(/Stopped at 0\.0\d+ kimg/)]);
    expect(await run('distill', method, '--resume', stopped)).toMatchObject({ code: 0 });
    expect(await weights(stopped)).toBe(await weights(whole));

    // Another method does not take the run over.
    const copy = inFolder('copy');
    await cp(stopped, copy, { recursive: true });
    const other = await run('distill', 'sid', '--resume', copy);
    expect([other.code, other.output]).toEqual([1, expect.stringMatching(/distill sim|command/)]);
  });

  it('is measured by compare', async () => {
    const outdir = inFolder('compare');
    const args = ['compare', '--methods', method, '--teacher-steps', '1', '--teacher', teacher, '--outdir', outdir];
    const { code, output } = await run(...args, '--kimg', '0.128', '--batch', '8', '--num', '64');
    expect([code, output]).toEqual([0, expect.stringMatching(/\| sim \|/)]);
    const { rows } = JSON.parse(await readFile(join(outdir, 'results.json'), 'utf8')) as {
      rows: { method: string; kimg: number }[];
    };
    expect(rows.filter(({ method }) => method === 'sim').length).toBeGreaterThan(1);
  });
});
