import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { momentsFromSums, type StepStats } from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { EXPERIMENTS, planCells } from '../../benchmarks/boot/experiments.js';
import { drawFigure } from '../../benchmarks/figure.js';
import { fitDecline } from '../../benchmarks/boot/fits.js';
import { table, writeTables } from '../../benchmarks/markdown.js';
import { predicting } from '../../benchmarks/boot/predicting-teachers.js';
import { meansOf } from '../../benchmarks/boot/step-means.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

describe('the benchmark of BOOT and SiD', () => {
  it('tells a power from an exponential', () => {
    const kimg = [1, 2, 4, 8, 16];
    const power = fitDecline(kimg.map((x) => ({ kimg: x, value: 3 * x ** -0.7 })));
    expect(power.power.slope).toBeCloseTo(-0.7, 10);
    expect(power.power.explained).toBeCloseTo(1, 10);
    expect(power.exponential.explained).toBeLessThan(0.9);
    const exponential = fitDecline(kimg.map((x) => ({ kimg: x, value: 3 * Math.exp(-0.2 * x) })));
    expect(exponential.exponential.slope).toBeCloseTo(-0.2, 10);
    expect(exponential.exponential.explained).toBeCloseTo(1, 10);
    expect(exponential.power.explained).toBeLessThan(0.9);
  });

  it('plans seed after seed, in the order of the names, and each variant once', () => {
    const planned = planCells(['beta', 'delta', 'sid-alpha-0'], [0, 1]);
    const first = planned.filter(({ seed }) => seed === 0).map(({ variant }) => variant.name);
    expect(planned.map(({ seed }) => seed)).toEqual([...first.map(() => 0), ...first.map(() => 1)]);
    expect(first[0]).toBe('boot');
    expect(new Set(first).size).toBe(first.length);
    expect(first.at(-1)).toBe('sid, alpha 0');
    // The plane has every method with settings for points, and a result that does not vary needs one seed.
    expect(planCells(['plane-methods'], [0]).map(({ variant }) => variant.method)).toEqual(
      expect.arrayContaining(['diff-instruct', 'sid', 'boot', 'kd']),
    );
    expect(planCells(['teacher'], [1])).toEqual([]);
    expect(() => planCells(['gamma'], [0])).toThrow(`There is no "gamma". There are: ${EXPERIMENTS[0]!.name}`);
  });

  it('averages statistics over steps, moments by what they count', () => {
    const steps: StepStats[] = [
      { Boundary_residual: 1, 'Relative_increment/t0.0-0.2': momentsFromSums(3, 6, 12), other: 5 },
      { Boundary_residual: 3, 'Relative_increment/t0.0-0.2': momentsFromSums(1, 10, 100) },
      { Boundary_residual: NaN },
    ];
    expect(meansOf(steps)).toEqual({ Boundary_residual: 2, 'Relative_increment/t0.0-0.2': 4 });
  });

  it('draws what has a place on its axes', () => {
    const lines = [{ name: 'a < b', points: [1, 10, 100].map((x) => ({ x, y: x - 10, low: x - 11, high: x })) }];
    const svg = drawFigure({ title: 't', x: { label: 'x', isLog: true }, y: { label: 'y', isLog: true }, lines });
    expect(svg.match(/<circle/g)?.length).toBe(1);
    expect(svg).toContain('a &lt; b');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('writes tables between their marks, and names those without a place', () => {
    const folder = mkdtempSync(join(tmpdir(), 'onestep-tables-'));
    try {
      const path = join(folder, 'a.md');
      writeFileSync(path, 'before\n<!-- measured one -->\nold\n<!-- /measured -->\nafter\n');
      const tables = new Map([
        ['one', table(['', 'FID'], [['boot', '$&']])],
        ['two', ''],
      ]);
      for (let i = 0; i < 2; i++) expect(writeTables(pathToFileURL(path), tables)).toEqual(['two']);
      const expected =
        'before\n<!-- measured one -->\n\n|  | FID |\n| --- | ---: |\n| boot | $& |\n\n<!-- /measured -->\nafter\n';
      expect(readFileSync(path, 'utf8')).toBe(expected);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each(['noise', 'velocity'] as const)('a teacher of the %s is the same denoiser', (what) => {
    const teacher = new MlpDenoiser({ imgResolution: 1, imgChannels: 2, hidden: 16, sigmaData: 0.5 }, new Rng(1));
    const converted = predicting(what, teacher);
    for (const level of [0.01, 1, 40]) {
      const x = tf.mul(tf.tensor4d(new Rng(2).normal(16), [8, 1, 1, 2]), Math.hypot(level, 0.5)) as tf.Tensor4D;
      const sigma = tf.fill([8], level) as tf.Tensor1D;
      const [a, b] = [teacher, converted].map((denoiser) => denoiser.denoise(x, sigma).dataSync());
      for (let i = 0; i < a!.length; i++) expect(b![i]).toBeCloseTo(a![i]!, 4);
    }
  });
});
