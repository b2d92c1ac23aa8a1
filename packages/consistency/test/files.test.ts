import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { cd, ect, noiseTable, pd, scm, tcm, tract } from '@onestep/consistency';
import {
  isMultiStep,
  karrasSigma,
  readGeneratorRecord,
  type Method,
  type OpenedGenerator,
} from '@onestep/diffusion-core';
import { network, startStudent, steps } from './support/students.js';

it.each<[Method, object, number]>([
  [ect as unknown as Method, {}, 0.821],
  [tcm as unknown as Method, { transition: 2 }, 2],
  [tract as unknown as Method, { timeSchedule: [8, 1] }, noiseTable(8, 80)[4]!],
  [pd as unknown as Method, {}, karrasSigma(1 / 2)],
])('a student of $name is its file, also in several steps', async (method, options, lowest) => {
  await tf.setBackend('cpu');
  const run = startStudent(method as never, options) as ReturnType<typeof ect.create>;
  await steps(run, 0, 1);
  const { metadata, tensors } = await run.snapshot();
  const record = readGeneratorRecord(metadata).generator as OpenedGenerator['record'];
  expect(record).toMatchObject({ method: method.name, initSigma: 80 });
  const copy = network(2);
  copy.module.loadStateDict(tensors);
  const opened = method.openGenerator!({ network: copy, record, tensors: {} });
  const { generator } = run;
  if (!isMultiStep(opened)) throw new Error('It makes images in one step only.');
  const levels = opened.noiseLevels(2);
  expect(levels[1]).toBeCloseTo(lowest, 8);
  const [z, noise] = [tf.ones([1, 1, 1, 2]), [tf.ones([1, 1, 1, 2]) as tf.Tensor4D]];
  expect(opened.generate(z).dataSync()).toEqual(generator.generate(z).dataSync());
  const images = (of: typeof generator) => of.generateInSteps(z, levels, noise).dataSync();
  expect(images(opened as typeof generator)).toEqual(images(generator));
  expect(images(generator)).not.toEqual(generator.generate(z).dataSync());
});

it.each([cd, ect, scm])('$name refuses a file whose boundary is no noise level', async (method) => {
  await tf.setBackend('cpu');
  const open = (boundary: unknown) =>
    method.openGenerator!({ network: network(2), record: { initSigma: 80, boundary }, tensors: {} });
  for (const boundary of ['0.002', -1, 80, null]) {
    expect(() => open(boundary)).toThrow(
      `the boundary ${JSON.stringify(boundary)}: it must be a number from 0, below 80.`,
    );
  }
  expect(open(0.002)).toMatchObject({ boundary: 0.002 });
});
