import { FeatureStatistics, frechetDistance, inceptionScore, kernelDistance, precisionRecall } from '@onestep/metrics';
import { TOLERANCES, tensorOf, type Check, type Comparison, type FixtureFile } from '../check.js';
import { parseObject } from '../fixture-network.js';

/** FID, Inception Score, KID, precision and recall of the features in the file. */
export const metrics: Check = {
  name: 'metrics',
  recognizes: ({ tensors, metadata }) => metadata.expected !== undefined && 'real' in tensors && 'generated' in tensors,
  compare: compareMetrics,
};

async function compareMetrics(file: FixtureFile): Promise<Comparison[]> {
  const expected = parseObject('expected', file.metadata.expected!);
  const actual = metricsOf(file);
  const comparisons: Comparison[] = [];
  for (const [name, value] of Object.entries(expected)) {
    const compute = actual[name];
    if (compute === undefined) throw new Error(`Unknown metric ${name}.`);
    const error = Math.max(...[await compute()].flat().map((v) => Math.abs(v / Number(value) - 1)));
    comparisons.push({ quantity: name, error, tolerance: TOLERANCES.metric });
  }
  return comparisons;
}

/** Returns functions that compute the published numbers; distances in both directions. */
function metricsOf(file: FixtureFile): Record<string, () => number | number[] | Promise<number>> {
  const features = (name: string) => tensorOf(file, name).data as Float32Array;
  const columns = (name: string) => tensorOf(file, name).shape[1]!;
  const moments = (name: string) => {
    const statistics = new FeatureStatistics(columns(name));
    statistics.add(features(name), features(name).length / columns(name));
    return { mean: statistics.mean(), covariance: statistics.covariance() };
  };
  const fid = (name: string) => [
    frechetDistance(moments(name), moments('real')),
    frechetDistance(moments('real'), moments(name)),
  ];
  const scores = () => {
    const classes = columns('logits');
    return inceptionScore(softmax(features('logits'), classes), features('logits').length / classes, classes);
  };
  const precisionAndRecall = () => precisionRecall(features('real'), features('generated'), columns('real'));
  return {
    fid: () => fid('generated'),
    fid_rank_deficient: () => fid('few_samples'),
    is_mean: () => scores().mean,
    is_std: () => scores().std,
    kid_unbiased_all_samples: () => kernelDistance(features('generated'), features('real'), columns('real')),
    precision: async () => (await precisionAndRecall()).precision,
    recall: async () => (await precisionAndRecall()).recall,
  };
}

function softmax(logits: Float32Array, classes: number): Float64Array {
  const probabilities = Float64Array.from(logits, (value) => Math.exp(value));
  for (let start = 0; start < logits.length; start += classes) {
    const row = probabilities.subarray(start, start + classes);
    const sum = row.reduce((a, b) => a + b, 0);
    for (let i = 0; i < classes; i++) row[i]! /= sum;
  }
  return probabilities;
}
