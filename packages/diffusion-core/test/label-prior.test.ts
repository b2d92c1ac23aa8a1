import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LabelPrior, RandomStreams, settleTrainingLabels, type TrainingLabels } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';

const THREE = { labelDim: 3 };
const classes = (...frequencies: number[]): TrainingLabels => ({ kind: 'classes', frequencies });
const draw = (labels?: TrainingLabels, n = 200) => [...new LabelPrior(THREE, labels).draw(new Rng(1), n)];

describe('LabelPrior', () => {
  it('is uniform where nothing is known, and for balanced classes bit for bit the same', () => {
    const uniform = [...new Rng(1).integers(200, 3)];
    expect(draw()).toEqual(uniform);
    expect(draw(classes(600, 600, 600))).toEqual(uniform);
    expect(draw({ kind: 'classes' })).toEqual(uniform);
  });

  it('follows the frequencies, and never draws a class that never occurred', () => {
    const weighted = draw(classes(3, 0, 1), 4000);
    const shares = [0, 1, 2].map((c) => weighted.filter((k) => k === c).length / 4000);
    shares.forEach((share, c) => expect(Math.abs(share - [0.75, 0, 0.25][c]!)).toBeLessThan(0.03));
    fc.assert(
      fc.property(fc.array(fc.nat(3), { minLength: 1, maxLength: 6 }), fc.nat(), (frequencies, seed) => {
        fc.pre(frequencies.some((f) => f > 0));
        const prior = new LabelPrior({ labelDim: frequencies.length, labels: { kind: 'classes', frequencies } });
        for (const c of prior.draw(new Rng(seed), 20)) expect(frequencies[c]).toBeGreaterThan(0);
      }),
      { numRuns: 50 },
    );
  });

  it('has one-hot vectors of classes, and of vectors the rows that occurred', () => {
    expect([...new LabelPrior(THREE).vectors([2, 0])]).toEqual([0, 0, 1, 1, 0, 0]);
    const rows = [
      [0.25, 0.5],
      [1, -2],
    ];
    const prior = new LabelPrior({ labelDim: 2, labels: { kind: 'vectors', rows } });
    const drawn = prior.draw(new Rng(1), 50);
    expect(new Set(drawn)).toEqual(new Set([0, 1]));
    expect([...prior.vectors([1, 0])]).toEqual([1, -2, 0.25, 0.5]);
  });

  it('draws nothing for an unconditional network, and refuses vectors without rows', () => {
    expect(new LabelPrior({ labelDim: 0 }).draw(new Rng(1), 10).length).toBe(0);
    expect(() => new LabelPrior({ labelDim: 2, labels: { kind: 'vectors' } })).toThrow(
      /takes label vectors of 2 numbers, .* give a label, or a data set/,
    );
  });
});

describe('settleTrainingLabels', () => {
  const network = { labelDim: 2, labels: { kind: 'classes', frequencies: [1, 3] } as const };

  it('takes the probabilities given, else the data set, else the network', () => {
    const labels = { kind: 'classes', frequencies: [5, 5] } as const;
    expect(settleTrainingLabels(network)).toEqual(network.labels);
    expect(settleTrainingLabels(network, { labels })).toEqual(labels);
    expect(settleTrainingLabels(network, { labels, classProbabilities: [0, 1] })?.frequencies).toEqual([0, 1]);
    expect(settleTrainingLabels(network, { labels, classProbabilities: 'uniform' })).toEqual({ kind: 'classes' });
    expect(settleTrainingLabels({ labelDim: 2 })).toBeUndefined();
  });

  it('refuses what does not fit the network', () => {
    const vectors = { labelDim: 2, labels: { kind: 'vectors', rows: [[1, 2]] } } as const;
    expect(() => settleTrainingLabels(network, { classProbabilities: [1] })).toThrow(
      'length 1, and this network has 2',
    );
    expect(() => settleTrainingLabels(network, { classProbabilities: [0, 0] })).toThrow('not all 0');
    expect(() => settleTrainingLabels({ labelDim: 0 }, { classProbabilities: [1] })).toThrow('unconditional');
    expect(() => settleTrainingLabels(vectors, { classProbabilities: [1, 2] })).toThrow('takes label vectors');
    expect(settleTrainingLabels(vectors, { classProbabilities: 'uniform' })).toEqual(vectors.labels);
    expect(() => settleTrainingLabels(network, { labels: vectors.labels })).toThrow('trained on classes');
    expect(() => settleTrainingLabels({ labelDim: 3 }, { labels: vectors.labels })).toThrow('lists of 3 numbers');
  });
});

describe('RandomStreams', () => {
  it('refuses a state that lacks one of its streams, and changes nothing', () => {
    const streams = new RandomStreams(3, 'test', ['a', 'b']);
    const { a } = streams.state();
    streams.get('a').bits(8);
    expect(() => streams.restore({ a })).toThrow('no random stream b');
    expect(streams.state().a).not.toEqual(a);
  });
});
