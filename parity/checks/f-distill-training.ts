import * as tf from '@tensorflow/tfjs-core';
import { DIVERGENCES, fDistill, ratioWeights, type DivergenceName, type RatioWeighting } from '@onestep/dmd2';
import { tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { relativeError } from '../fixture-tensors.js';
import { fastgenLosses, fastgenOptions } from './dmd2-training.js';
import { entry } from './distribution-matching-draws.js';
import { compareDistributionMatching } from './distribution-matching-training.js';

/** Allowed relative error of h, from the README of the fixtures. */
const WEIGHTS = 1e-5;
const BINS = 3e-5;

/** The settings of f-distill, by their published names. */
interface PublishedSettings {
  f_div: DivergenceName;
  ratio_lower: number;
  ratio_upper: number;
  ratio_normalization: boolean;
  bin_num: number;
  ratio_ema_rate: number;
}

/** Some iterations of f-distill, or its weights of given logits. */
export const fDistillTraining: Check = {
  name: 'f-distill',
  recognizes: ({ metadata }) => metadata.method === 'f-distill' || metadata.method === 'f-distill weights',
  compare: (file) => (file.metadata.method === 'f-distill' ? compareIterations(file) : compareWeights(file)),
};

function settingsOf(published: PublishedSettings): RatioWeighting {
  return {
    fDiv: published.f_div,
    ratioLower: published.ratio_lower,
    ratioUpper: published.ratio_upper,
    ratioNormalization: published.ratio_normalization,
    ratioEmaRate: published.ratio_ema_rate,
  };
}

function compareIterations(file: FixtureFile): Promise<Comparison[]> {
  const published = entry<PublishedSettings>(file, 'f_distill');
  const settings = settingsOf(published);
  const options = fDistill.settle({ ...fastgenOptions(file), ...settings, binNum: published.bin_num });
  return compareDistributionMatching(file, {
    form: 'fastgen',
    options: { ...options, score: 1, diffusionGan: true, shareNoise: true },
    create: (teacher, data) => fDistill.create({ teacher, data, options }),
    losses: (stats) => fastgenLosses(stats, 'f_distill_loss', options),
    weights(judged, { tensors }) {
      const before = tf.tensor1d(tensors['modules.ratio.bins']!.data as Float32Array);
      const { weights, bins } = ratioWeights(judged, before, settings);
      return { h: weights, bins_before: before, bins_after: bins };
    },
    after: ({ tensors }) => ({ bins_after: tensors['modules.ratio.bins']!.data as Float32Array }),
  });
}

async function compareWeights(file: FixtureFile): Promise<Comparison[]> {
  const cases = entry<PublishedSettings[]>(file, 'cases');
  const comparisons: Comparison[] = [];
  for (const [i, published] of cases.entries()) {
    const tensor = (name: string) => tensorOf(file, `case${i}.${name}`);
    const { shape, data } = tensor('logits');
    const logits = tf.tensor2d(data as Float32Array, shape as [number, number]);
    const sigma = tf.tensor1d(tensor('t').data as Float32Array);
    const before = tf.tensor1d(tensor('bins_before').data as Float32Array);
    const compare = async (name: string, actual: tf.Tensor, tolerance: number) => {
      const error = relativeError((await actual.data()) as Float32Array, tensor(name).data as Float32Array);
      comparisons.push({ quantity: `${name}, case ${i + 1}`, error, tolerance });
    };
    for (const fDiv of Object.keys(DIVERGENCES) as DivergenceName[]) {
      if (file.tensors[`case${i}.h.${fDiv}`] === undefined) continue;
      const { weights, bins } = ratioWeights({ logits, sigma }, before, { ...settingsOf(published), fDiv });
      await compare(`h.${fDiv}`, weights, WEIGHTS);
      if (published.ratio_normalization && fDiv === 'kl') await compare('bins_after', bins, BINS);
    }
  }
  return comparisons;
}
