import { inceptionScore, type InceptionScoreOptions } from '../inception-score.js';
import type { MetricFamily } from './metric.js';

const inceptionScoreMetric = (
  ending: string,
  options: InceptionScoreOptions,
  parts: string,
  minImages: number,
): MetricFamily => ({
  affixes: ['is', ending],
  variant: `Inception Score over consecutive ${parts}, with the population deviation over the parts`,
  better: 'highest',
  comparesWith: 'nothing',
  keeps: 'probabilities',
  minImages,
  compute: (name, { probabilities, numClasses, statistics }) => {
    const { mean, std } = inceptionScore(probabilities!, statistics.count, numClasses, options);
    return { [`${name}_mean`]: mean, [`${name}_std`]: std };
  },
});

export const isTenParts = inceptionScoreMetric(
  '',
  { splits: 10 },
  "tenths (StyleGAN's metrics, Diff-Instruct, SiD)",
  10,
);
export const isAdm = inceptionScoreMetric('_adm', { splitSize: 5000 }, "parts of 5000 (ADM's evaluator)", 1);
