import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  chooseScale,
  GuidanceLabels,
  guidanceRangeOf,
  guideDenoiser,
  joinScales,
  NetworkGenerator,
  openScaleInput,
  withScaleInput,
} from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../../test-support/backend.js';

beforeAll(startTestBackend);

const network = (seed = 1) =>
  new MlpDenoiser({ imgResolution: 1, imgChannels: 2, labelDim: 2, hidden: 8, sigmaData: 0.5 }, new Rng(seed));
const x = () => tf.tensor4d([0.3, -0.2, 0.7, 0.1], [2, 1, 1, 2]);
const sigma = () => tf.tensor1d([0.4, 2]);
const labels = () => tf.tensor2d([1, 0, 0, 1], [2, 2]);
const rows = (...scales: number[]) => joinScales(labels(), tf.tensor1d(scales));

/** An input that has learned something. */
function trainedInput(): GuidanceLabels {
  const input = new GuidanceLabels([1, 4], 2);
  input.weight.upload({ shape: [8, 2], data: Float32Array.from(new Rng(5).normal(16)) });
  return input;
}

describe('an input for the scale of guidance', () => {
  it('changes nothing at first, with any scale', async () => {
    const scaled = withScaleInput(network(), new GuidanceLabels([1, 4], 2));
    const plain = await network().denoise(x(), sigma(), { labels: labels() }).data();
    expect(await scaled.denoise(x(), sigma(), { labels: rows(1, 3.3) }).data()).toEqual(plain);
    expect(await scaled.denoise(x(), sigma(), { labels: labels() }).data()).toEqual(plain);
    expect(await scaled.denoise(x(), sigma()).data()).toEqual(await network().denoise(x(), sigma()).data());
  });

  it('takes the scale of each row, else the one that was chosen, else the middle of its range', async () => {
    const generator = new NetworkGenerator(withScaleInput(network(), trainedInput()), 2.5);
    const z = x();
    const at = async (labels: tf.Tensor2D, scale?: number) => [
      ...(await (scale === undefined ? generator : chooseScale(generator, scale)).generate(z, labels).data()),
    ];
    expect(guidanceRangeOf(generator)).toEqual([1, 4]);
    expect(await at(labels(), 4)).toEqual(await at(rows(4, 4)));
    expect(await at(labels())).toEqual(await at(rows(2.5, 2.5)));
    const [first, , third] = await at(rows(1, 4));
    expect(first).toBe((await at(labels(), 1))[0]);
    expect(third).toBe((await at(labels(), 4))[2]);
    expect(first).not.toBe((await at(labels(), 4))[0]);
    expect(() => chooseScale(generator, 5)).toThrow('guidance from 1 to 4, not 5');
    expect(() => chooseScale(new NetworkGenerator(network(), 1), 2)).toThrow('no input for guidance');
  });

  it('is saved with the network, under names of its own, and is read again', async () => {
    const generator = new NetworkGenerator(withScaleInput(network(), trainedInput()), 2.5);
    const copy = generator.clone();
    const tensors = await copy.module.stateDict();
    expect(Object.keys(tensors)).toEqual([...network().module.namedLeaves().keys(), 'guidance.weight']);
    const record = copy.settings.generator as Record<string, unknown>;
    expect(record).toEqual({ guidance: [1, 4], initSigma: 2.5 });
    const own = { 'guidance.weight': tensors['guidance.weight']! };
    const opened = openScaleInput(network(), record, own, 'student.safetensors');
    expect(opened.rest).toEqual({});
    const given = { labels: rows(1.5, 3) };
    expect(await opened.network.denoise(x(), sigma(), given).data()).toEqual(
      await generator.network.denoise(x(), sigma(), given).data(),
    );
    expect(() => openScaleInput(network(), record, {}, 'student.safetensors')).toThrow(
      /student.safetensors: .*guidance/,
    );
    expect(() => openScaleInput(network(), { guidance: [4, 1] }, own, 'a file')).toThrow('[4,1]');
  });
});

it('guidance by rows is guidance with the scale of each', async () => {
  const teacher = network(2);
  const byRows = await guideDenoiser(teacher, { scale: [1, 4] })
    .denoise(x(), sigma(), { labels: rows(2, 3) })
    .data();
  const fixed = async (scale: number) =>
    guideDenoiser(teacher, { scale }).denoise(x(), sigma(), { labels: labels() }).data();
  const [two, three] = [await fixed(2), await fixed(3)];
  [two[0], two[1], three[2], three[3]].forEach((value, i) => expect(byRows[i]).toBeCloseTo(value!, 5));
  // A guided fake score network with an input sees the scale in both of its evaluations.
  const student = withScaleInput(network(2), new GuidanceLabels([1, 4], 2));
  const guided = guideDenoiser(student, { scale: [1, 4] });
  expect([...(await guided.denoise(x(), sigma(), { labels: rows(2, 3) }).data())]).toEqual([...byRows]);
  // So does one that is guided by a scale of its own.
  const trained = withScaleInput(network(2), trainedInput());
  const own = await guideDenoiser(trained, { scale: 2 })
    .denoise(x(), sigma(), { labels: rows(1, 4) })
    .data();
  const [low, high] = await Promise.all(
    [1, 4].map((scale) =>
      guideDenoiser(withScaleInput(network(2), trainedInput(), scale), { scale: 2 })
        .denoise(x(), sigma(), { labels: labels() })
        .data(),
    ),
  );
  expect([...own]).toEqual([low![0], low![1], high![2], high![3]]);
  const { features } = guided.denoiseWithFeatures(x(), sigma(), { labels: rows(2, 3) }, ['third']);
  expect(features[0]!.shape).toEqual([2, 1, 1, 8]);
});
