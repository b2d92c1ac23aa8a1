import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { programArguments } from '../../../test-support/program.js';
import { documentedCommands } from '../src/commands.js';
import { ROOT } from '../src/repository.js';

/** In the order in which they are read. */
const PAGES = ['start', 'own-data', 'distill', 'measure', 'browser'];

let folder: string;
let program: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-guide-'));
  program = await programArguments('apps/cli/src/main.ts');
  // What the reader has: photos, in folders for their classes.
  for (const name of [0, 1]) {
    await run([
      'generate',
      '--network',
      'fashion-mnist',
      '--class',
      `${name}`,
      '--seeds',
      '0-99',
      '--outdir',
      `photos/${name}`,
    ]);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(PAGES)('the commands of the page %s run, one after the other', async (page) => {
  const commands = documentedCommands(await readFile(join(ROOT, `docs/guide/${page}.md`), 'utf8'));
  // It has tests of its own.
  const here = commands.filter(({ argv }) => argv[0] !== 'quickstart');
  expect(here.length).toBeGreaterThan(0);
  for (const { argv } of here) await run(shortened(argv));
});

/** The same with two steps of training, and a few images to measure. */
function shortened(argv: readonly string[]): string[] {
  const changed = argv.map((word, i) => (argv[i - 1] === '--num' ? '50' : word));
  const trains = argv[0] === 'distill' || (argv[0] === 'edm' && argv[1] === 'train');
  return trains ? [...changed, '--duration', '0.000128'] : changed;
}

async function run(argv: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [...program, ...argv], { cwd: folder });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`onestep ${argv.join(' ')} ended with ${code}:\n${output}`);
}
