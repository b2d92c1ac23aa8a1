import { spawn } from 'node:child_process';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { distillOwn, ROOT, run, writeOwnMethod, type OwnMethod } from './support/own-method.js';
import { runInside } from './support/run-here.js';

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
    const none = await runInside(['distill', inFolder('none.mjs'), '--help']);
    expect([none.code, none.stderr]).toEqual([1, expect.stringMatching(/none\.mjs exports no method/)]);
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
