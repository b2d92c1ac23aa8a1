import { expect, it } from 'vitest';
import { formatTick } from '../src/training/tick-line.js';

const one = (mean: number, nan?: number) => ({ num: nan === undefined ? 1 : 0, mean, std: 0, ...(nan && { nan }) });
const line = (stats: object) =>
  formatTick({ tick: 1, imagesSeen: 64, stats: stats as never } as never, { Score_gap: 'gap' }, { Learning_signal: 1 });

it('a tick counts NaN samples or, of networks that count none, NaN losses', () => {
  expect(line({ Score_gap: one(0.5), 'G_Loss/loss': one(1) })).toMatch(/gap 0\.500 {2}signal 1\.00$/);
  expect(line({ Score_gap: one(NaN, 2), NaN_samples: { num: 2, mean: 4, std: 0 } })).toMatch(/gap - {2}NaN samples 8/);
  expect(line({ 'fake_score_Loss/loss': one(NaN, 2) })).toMatch(/NaN losses 2 {2}signal/);
});
