import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withInterrupt } from '../src/interrupt.js';
import { colorsOf } from '../src/terminal/colors.js';
import { fitLine, LiveLine } from '../src/terminal/live-line.js';
import { runCli, type Finished } from './support/cli.js';
import { runInside } from './support/run-here.js';
import { writeIdxFiles } from './support/tiny-files.js';

let folder: string;
let zip: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-pipe-'));
  zip = join(folder, 'data.zip');
  await runInside(['dataset', 'convert', '--source', await writeIdxFiles(folder, 32), '--dest', zip]);
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the program with a reader for its output; its exit code comes last on standard output. */
const pipedTo = (reader: string, args: readonly string[]): Promise<Finished> =>
  runCli(args, `"$0" "$@" | ${reader}; echo \${PIPESTATUS[0]}; exit`);

it('a program whose reader has gone ends quietly', async () => {
  expect(await pipedTo('true', ['--help'])).toMatchObject({ stdout: '141\n', stderr: '' });
  expect(await pipedTo('head -n 1', ['dataset', 'info', zip])).toMatchObject({ stderr: '' });
});

it('training whose reader has gone stops in good order', async () => {
  const run = join(folder, 'run');
  const network = ['--cond', '1', '--cbase', '8', '--cres', '1', '--blocks', '1', '--attn', '16'];
  const length = [
    '--nosubdir',
    '--batch',
    '4',
    '--tick',
    '0.004',
    '--snap',
    '1000',
    '--dump',
    '1000',
    '--duration',
    '1',
    '--pictures',
    '0',
  ];
  const train = ['edm', 'train', '--outdir', run, '--data', zip, ...network, ...length];
  const { stdout, stderr } = await pipedTo('head -n 2', train);
  expect(stdout.trim().split('\n').at(-1)).toBe('141');
  expect(stderr).toBe('');
  expect((await readdir(run)).some((name) => name.startsWith('training-state'))).toBe(true);
});

it.runIf(existsSync('/dev/full'))(
  'a full disk behind the output is one line, and ends the work in good order',
  async () => {
    const { stderr, stdout } = await runCli(['dataset', 'info', zip], `"$0" "$@" > /dev/full; echo $?; exit`);
    expect([stdout, stderr.split('\n')]).toEqual(['1\n', [expect.stringMatching(/^error: .*ENOSPC/), '']]);
  },
);

it('a closed terminal ends work in good order, also if it says so twice', async () => {
  const code = await withInterrupt(
    (signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          process.kill(process.pid, 'SIGHUP');
          setImmediate(() => resolve((signal.reason as { exitCode: number }).exitCode));
        });
        process.kill(process.pid, 'SIGHUP');
      }),
  );
  expect(code).toBe(129);
});

it('a terminal without escape codes, a file and NO_COLOR get plain text', () => {
  const { TERM, NO_COLOR, FORCE_COLOR } = process.env;
  const written: string[] = [];
  const stream = (isTTY: boolean) =>
    ({ isTTY, columns: 40, write: (text: string) => written.push(text) }) as unknown as NodeJS.WriteStream;
  const show = (isTTY: boolean, env: Record<string, string>) => {
    for (const name of ['TERM', 'NO_COLOR', 'FORCE_COLOR']) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, env);
    written.length = 0;
    const line = new LiveLine(stream(isTTY));
    line.update('kimg 1/2');
    line.print('done');
    return [colorsOf(stream(isTTY)).bold('x'), ...written].join('|');
  };
  const live = '|\rkimg 1/2\x1b[K|\r\x1b[K|done\n';
  expect(show(true, { TERM: 'xterm' })).toBe(`\x1b[1mx\x1b[22m${live}`);
  expect(show(true, { TERM: 'xterm', NO_COLOR: '1' })).toBe(`x${live}`);
  expect(show(true, { TERM: 'dumb' })).toBe('x|done\n');
  expect(show(false, { TERM: 'xterm' })).toBe('x|done\n');
  for (const [name, value] of Object.entries({ TERM, NO_COLOR, FORCE_COLOR })) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
});

it('the live line keeps its end, what is left, where the terminal is narrow', () => {
  const text = 'kimg 0.1/8  23.1 s/kimg  gap 0.021  dist 0.17  FID 1.58 (was 6.28)  3:02 left';
  expect(fitLine(text, 100)).toBe(text);
  expect(fitLine(text, 79)).toBe(text);
  expect(fitLine(text, 60)).toBe('kimg 0.1/8  23.1 s/kimg  gap 0.021  dist 0.17  3:02 left');
  expect(fitLine(text, 24)).toBe('kimg 0.1/8  3:02 left');
  expect(fitLine(text, 8)).toBe('kimg 0.1');
});
