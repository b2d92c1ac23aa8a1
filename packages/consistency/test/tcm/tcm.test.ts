import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { tcm, TruncatedGenerator, truncatedTimes } from '@onestep/consistency';
import { Rng } from '@onestep/random';
import { describeMethodValue } from '../../../../test-support/method-value.js';
import { boundaries } from '../../src/tcm/draws.js';
import { TruncatedStudentT } from '../../src/tcm/truncated-student-t.js';
import { network, savedState, startStudent, steps, weightsOf } from '../support/students.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

describeMethodValue(tcm);

/** One step of ECT, then the truncated training. */
const OPTIONS = { firstStageKimg: 0.008, emaHalfLifeKimg: 0.01, emaRampUpRatio: null, optimizer: 'adam' };

describe('truncated times', () => {
  it('have the published median and tenths', () => {
    const times = truncatedTimes([0, 0.1, 0.5, 0.9, 1], tcm.settle({}));
    [1, 1.0127, 1.221, 10.44, 80].forEach((expected, i) => expect(times[i]! / expected).toBeCloseTo(1, 3));
  });

  it('are Student’s: with one degree of freedom those of Cauchy', () => {
    const cauchy = new TruncatedStudentT(1, -2, 5);
    const probability = (value: number) => Math.atan(value) - Math.atan(-2);
    for (const share of [0.05, 0.3, 0.77]) {
      expect(probability(cauchy.quantile(share)) / probability(5)).toBeCloseTo(share, 10);
    }
  });

  it('are the boundary for a quarter of a batch', () => {
    const options = tcm.settle({ firstStageKimg: 1, batch: 10 });
    const count = (imagesSeen: number) =>
      boundaries.draw(new Rng(1), 10, { imagesSeen, iteration: 0 }, options).reduce((sum, value) => sum + value);
    expect([count(999), count(1000)]).toEqual([0, 2]);
  });
});

describe('a run of TCM', () => {
  it('freezes the average of the first stage, and leaves it untouched', async () => {
    const run = startStudent(tcm, OPTIONS);
    await steps(run, 0, 2);
    const average = await weightsOf(run.generator.module);
    expect(average).not.toEqual(await weightsOf(run.student.module));
    const [first] = await steps(run, 2, 3);
    expect(await weightsOf(run.networks.copies.frozen!.module)).toEqual(average);
    expect(first).toMatchObject({ Ratio: expect.closeTo(0.999, 9) as number });
    expect(first!['Loss/boundary']).toBeGreaterThan(0);
    await steps(run, 3, 6);
    expect(await weightsOf(run.networks.copies.frozen!.module)).toEqual(average);
    expect(await weightsOf(run.student.module)).not.toEqual(average);
  });

  it('resumes bit by bit across the change of stages', async () => {
    const whole = startStudent(tcm, OPTIONS);
    const expected = await steps(whole, 0, 5);
    for (const stop of [2, 3]) {
      const first = startStudent(tcm, OPTIONS);
      await steps(first, 0, stop);
      const second = startStudent(tcm, { ...OPTIONS, seed: 7 });
      await second.restore(await savedState(first));
      expect(await steps(second, stop, 5)).toEqual(expected.slice(stop));
      expect(await weightsOf(second.student.module)).toEqual(await weightsOf(whole.student.module));
    }
  });

  it('counts the two means as published, whatever the number of images at the boundary', async () => {
    const run = startStudent(tcm, { firstStageKimg: 0, boundaryWeight: 0.5 });
    const [stats] = await steps(run, 0, 1);
    const of = (name: string) => Number(stats![name]);
    expect(of('Loss/loss') / (of('Loss/consistency') + 0.5 * of('Loss/boundary'))).toBeCloseTo(1, 5);
  });

  it('makes generators whose steps stay above the transition', async () => {
    const generator = new TruncatedGenerator(network(), { initSigma: 80, transition: 1 });
    expect(generator.noiseLevels(1)).toEqual([80]);
    const levels = generator.noiseLevels(3);
    expect([levels[0], levels[2]]).toEqual([80, 1]);
    const [z, noise] = [tf.zeros([1, 1, 1, 2]), [tf.ones([1, 1, 1, 2]) as tf.Tensor4D]];
    expect(generator.generateInSteps(z, [80, 1], noise).shape).toEqual([1, 1, 1, 2]);
    expect(() => generator.generateInSteps(z, [80, 0.821], noise)).toThrow('trained at noise levels from 1');
    expect(() => tcm.settle({ transition: 90 })).toThrow('transition must be below the highest t, 80, not 90');
    expect(() => tcm.settle({ ratioLimit: null })).toThrow('ratioLimit must be a number');
  });
});
