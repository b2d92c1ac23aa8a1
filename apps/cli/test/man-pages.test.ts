import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { completionEntries } from '../src/completion/commands.js';
import { manPages, type ManPage } from '../src/man/man-page.js';
import { createProgram } from '../src/program.js';

let folder: string;
let pages: ManPage[];
let commands: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-man-'));
  const program = await createProgram([]);
  pages = manPages(program, '1.2.3');
  commands = completionEntries(program).map(({ words }) => words);
  for (const { file, text } of pages) await writeFile(join(folder, file), text);
});
afterAll(() => rm(folder, { recursive: true }));

const starts = (program: string) => spawnSync(program, ['--help']).error === undefined;
const textOf = (name: string) => pages.find(({ file }) => file === `${name}.1`)!.text;

describe('pages of the manual', () => {
  it('there is one for each command', () => {
    const names = commands.map((words) => `${['onestep', ...words.split(' ')].filter(Boolean).join('-')}.1`);
    expect(pages.map(({ file }) => file)).toEqual(names);
    // npm links what the package lists, and nothing for a folder.
    expect(packageJson.man).toEqual(names.map((name) => `./dist/man/${name}`));
    expect(names).toEqual(expect.arrayContaining(['onestep.1', 'onestep-edm-train.1', 'onestep-distill-sid.1']));
  });

  it('has the options, the examples and the formats of the help', () => {
    expect(textOf('onestep-edm-generate')).toContain('.B \\-\\-S\\-churn <n>\n');
    expect(textOf('onestep-edm-generate')).toContain(
      '.SH EXAMPLES\n.nf\nonestep edm generate \\-\\-network fashion\\-mnist',
    );
    expect(textOf('onestep-convert')).toMatch(/\.SH FORMATS\n\.nf\n\\&\.safetensors +all tensors/);
    expect(textOf('onestep')).toMatch(/\.SH NOTES\nSeveral processes/);
    expect(textOf('onestep')).toContain('onestep\\-runs(1)');
  });

  it.skipIf(!starts('groff'))('groff has nothing to say about them (skipped without groff)', () => {
    const { stdout, stderr } = spawnSync('groff', ['-man', '-ww', '-z', ...pages.map(({ file }) => join(folder, file))], { encoding: 'utf8' }); // prettier-ignore
    expect([stdout, stderr]).toEqual(['', '']);
  });

  it.skipIf(!starts('mandoc'))('mandoc finds no error in them (skipped without mandoc)', () => {
    const { stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', ...pages.map(({ file }) => join(folder, file))], { encoding: 'utf8' }); // prettier-ignore
    // A page without a date is one that is the same whenever it is made.
    expect(stdout.split('\n').filter((line) => line !== '' && !/missing date/.test(line))).toEqual([]);
  });

  it.skipIf(!starts('man'))('man shows one (skipped without man)', () => {
    const env = { ...process.env, MANWIDTH: '80', MAN_KEEP_FORMATTING: '', LC_ALL: 'C' };
    const { stdout, status } = spawnSync('man', ['-l', join(folder, 'onestep-convert.1')], { encoding: 'utf8', env });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ONESTEP-CONVERT\(1\)/);
    expect(stdout).toMatch(/\n +--overwrite\n +replace the destination if it exists/);
  });
});
