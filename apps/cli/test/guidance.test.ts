import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runInside } from './support/run-here.js';
import { writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let teacher: string;
let unconditional: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-guidance-'));
  teacher = await writeTinyTeacher(folder, 8, 3);
  unconditional = await writeTinyTeacher(folder, 8, 0);
});
afterAll(() => rm(folder, { recursive: true }));

const generate = (network: string, name: string, ...more: string[]) =>
  runInside([
    'edm',
    'generate',
    `--network=${network}`,
    `--outdir=${join(folder, name)}`,
    '--seeds=4',
    '--steps=2',
    ...more,
  ]);
const image = (name: string) => readFile(join(folder, name, '000004.png'));

describe('edm generate --guidance', () => {
  it('evaluates the network twice, warns of what it never saw, and is none at the scale 1', async () => {
    await generate(teacher, 'plain', '--class=1');
    const one = await generate(teacher, 'one', '--class=1', '--guidance=1');
    expect(one.stdout).toContain('3 network evaluations');
    expect(await image('one')).toEqual(await image('plain'));
    const guided = await generate(teacher, 'guided', '--class=1', '--guidance=50', '--guidance-limit=dynamic');
    expect(guided).toMatchObject({ code: 0 });
    expect(guided.stdout).toContain('6 network evaluations');
    expect(guided.stderr).toContain('trained without label dropout');
    expect(await image('guided')).not.toEqual(await image('plain'));
    const outside = await generate(teacher, 'outside', '--class=1', '--guidance=50', '--guidance-interval=90,100');
    expect(outside.code).toBe(0);
    expect(await image('outside')).toEqual(await image('plain'));
  });

  it('takes a weaker network for a model without labels', async () => {
    const refused = await generate(unconditional, 'refused', '--guidance=2');
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('this network has no labels');
    const guided = await generate(unconditional, 'auto', '--guidance=2', `--weaker=${unconditional}`);
    expect(guided).toMatchObject({ code: 0, stderr: '' });
    const other = await generate(unconditional, 'other', '--guidance=2', `--weaker=${teacher}`);
    expect(other.stderr).toContain('The weaker network makes 8x8x1 images of 3 classes');
  });

  it('refuses options without effect or sense', async () => {
    for (const [args, message] of [
      [['--guidance-interval=1,2'], '--guidance-interval has no effect without guidance'],
      [[`--weaker=${teacher}`], '--weaker has no effect without guidance'],
      [['--guidance=2', '--guidance-interval=2,1'], 'the lower one first'],
      [['--guidance=2', '--guidance-limit=soft'], 'clip, dynamic'],
    ] as const) {
      const result = await generate(teacher, 'wrong', ...args);
      expect(result.code).toBe(2);
      expect(result.stderr).toContain(message);
    }
  });
});

it('distill takes guidance of the teacher, or of both networks', async () => {
  const distill = (...more: string[]) =>
    runInside(['distill', 'sid', `--edm-model=${teacher}`, `--outdir=${folder}`, '--batch=4', '--dry-run', ...more]);
  const settled = await distill('--guidance=1.5', '--guidance-on=both', '--guidance-interval=0.2,5');
  expect(settled).toMatchObject({ code: 0 });
  expect(JSON.parse(settled.stdout)).toMatchObject({
    options: { guidance: 1.5, guidanceOn: 'both', guidanceInterval: [0.2, 5] },
  });
  expect(settled.stderr).toContain('trained without label dropout');
  expect((await distill(`--weaker=${teacher}`)).stderr).toContain('--weaker has no effect without guidance');
});
