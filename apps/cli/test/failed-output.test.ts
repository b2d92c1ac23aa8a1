import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli, type Finished } from './support/cli.js';
import { writeIdxFiles } from './support/tiny-files.js';

let folder: string;
let zip: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-pipe-'));
  zip = join(folder, 'data.zip');
  await runCli(['dataset', 'convert', '--source', await writeIdxFiles(folder, 32), '--dest', zip]);
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
  const network = ['--cbase', '8', '--cres', '1', '--blocks', '1', '--attn', '16'];
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
  ];
  const train = ['edm', 'train', '--outdir', run, '--data', zip, ...network, ...length];
  const { stdout, stderr } = await pipedTo('head -n 2', train);
  expect(stdout.trim().split('\n').at(-1)).toBe('141');
  expect(stderr).toBe('');
  expect((await readdir(run)).some((name) => name.startsWith('training-state'))).toBe(true);
});
