import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

describe('a method of one’s own', () => {
  it('has its options in the help', async () => {
    const { code, output } = await run('distill', method, '--help');
    expect(code).toBe(0);
    expect(output).toMatch(/SIM, score implicit matching, Luo et al\. 2024/);
    expect(output).toMatch(/--c <n>\s+softening of the pseudo-Huber distance\s+\(default:\s+0\.03\)/);
    expect(output).toMatch(/--preset <name>/);
  });

  it('is refused with the reason where an option, or the file, is wrong', async () => {
    const { code, output } = await run(...distill(inFolder('wrong'), '--c', '0', '--duration', '8e-6'));
    expect([code, output]).toEqual([2, expect.stringMatching(/--c <n>.*It has to be a number above 0/)]);
    await writeFile(inFolder('none.mjs'), 'export default 1;\n');
    const none = await run('distill', inFolder('none.mjs'), '--help');
    expect([none.code, none.output]).toEqual([1, expect.stringMatching(/none\.mjs exports no method/)]);
  });

  it('distills in a program', async () => {
    const program = `
      import { distill, loadTeacher } from 'onestep';
      import method from ${JSON.stringify(method)};
      const teacher = await loadTeacher(${JSON.stringify(teacher)});
      const student = await distill({ teacher, method, preset: 'small', options: { batch: 8 }, kimg: 0.016 });
      const images = await student.sample({ seeds: [0, 1], class: 3 });
      console.log(images.length, images[0].width);
    `;
    // Where onestep is installed next to the method, as it is for a program that imports both.
    await writeFile(inFolder('package.json'), '{ "type": "module" }');

    await mkdir(inFolder('node_modules/@tensorflow'), { recursive: true });
    await symlink(`${ROOT}packages/onestep`, inFolder('node_modules/onestep'));
    await symlink(`${ROOT}node_modules/@tensorflow/tfjs-core`, inFolder('node_modules/@tensorflow/tfjs-core'));
    await writeFile(inFolder('program.mjs'), program);
    const child = spawn(
      process.execPath,
      ['--conditions=@onestep/source', '--import', 'tsx', inFolder('program.mjs')],
      { cwd: ROOT },
    );
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, output]).toEqual([0, expect.stringMatching(/2 32/)]);
  });
});
