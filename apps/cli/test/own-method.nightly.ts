import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors } from '@onestep/checkpoint';
import { writeTinyTeacher } from './support/tiny-files.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

let folder: string;
let method: string;
let teacher: string;
const inFolder = (name: string) => join(folder, name);

// The method of the tutorial in CONTRIBUTING.md, in a folder outside the repository where nothing is installed.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-own-method-'));
  method = inFolder('sim.mjs');
  const tutorial = await readFile(`${ROOT}CONTRIBUTING.md`, 'utf8');
  await writeFile(method, /<!-- sim\.mjs -->\s+```js\n([\s\S]*?)```/.exec(tutorial)![1]!);
  teacher = await writeTinyTeacher(folder, 32, 10);
});
afterAll(() => rm(folder, { recursive: true }));

/** The program from its sources, not from a bundle: the method's file gets the program's own copy of every package. */
function start(args: readonly string[]): {
  child: ChildProcess;
  finished: Promise<{ code: number | null; output: string }>;
} {
  const command = ['--conditions=@onestep/source', '--import', 'tsx', 'apps/cli/src/main.ts', ...args];
  const child = spawn(process.execPath, command, { cwd: ROOT, env: { ...process.env, NO_COLOR: '1' } });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const finished = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, output })),
  );
  return { child, finished };
}

const run = (...args: string[]) => start(args).finished;
const distill = (outdir: string, ...more: string[]) => [
  ...['distill', method, '--edm-model', teacher, '--outdir', outdir, '--nosubdir', '--batch', '8', '--lr', '1e-3'],
  ...['--glr', '1e-3', '--seed', '3', '--tick', '0.008', '--snap', '1', '--dump', '1', '--pictures', '0', ...more],
];

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
