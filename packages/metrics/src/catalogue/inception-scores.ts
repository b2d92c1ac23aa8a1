import { inceptionScore, type InceptionScoreOptions } from '../inception-score.js';
import type { MetricFamily } from './metric.js';

const score = (ending: string, options: InceptionScoreOptions, parts: string, minImages: number): MetricFamily => ({
  affixes: ['is', ending],
  variant: `Inception Score over consecutive ${parts}, with their population deviation`,
  better: 'highest',
  comparesWith: 'nothing',
  keeps: 'probabilities',
  minImages,
  compute: (name, { probabilities, numClasses, statistics }) => {
    const { mean, std } = inceptionScore(probabilities!, statistics.count, numClasses, options);
    return { [`${name}_mean`]: mean, [`${name}_std`]: std };
  },
});

export const isTenParts = score('', { splits: 10 }, "tenths (StyleGAN's metrics, Diff-Instruct, SiD)", 10);
export const isAdm = score('_adm', { splitSize: 5000 }, "parts of 5000 (ADM's evaluator)", 1);
