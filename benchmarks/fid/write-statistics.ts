import { writeFileSync } from 'node:fs';
import { FeatureStatistics } from '@onestep/metrics';
import { Rng } from '@onestep/random';

/**
 * Writes mean and covariance (float64, PATH.f64) and the features themselves (float32, PATH.f32) of drawn images. The
 * features are correlated and nonnegative, as after ReLU, and some are rarely positive.
 */
export function writeStatistics(path: string, images: number, dim: number, seed: number): void {
  const rng = new Rng(seed);
  const common = new Rng(0).normal(dim);
  const statistics = new FeatureStatistics(dim);
  const all: Uint8Array[] = [];
  for (let start = 0; start < images; start += 256) {
    const count = Math.min(256, images - start);
    const noise = rng.normal(count * dim);
    const shared = rng.normal(count);
    const features = noise.map((value, i) => {
      const feature = i % dim;
      return Math.max(0, (value + common[feature]! * shared[Math.floor(i / dim)]!) / (1 + feature / 64) + seed / 100);
    });
    statistics.add(features, count);
    all.push(new Uint8Array(features.buffer));
  }
  const moments = [statistics.mean(), statistics.covariance()].map((x) => new Uint8Array(x.buffer));
  writeFileSync(`${path}.f64`, Buffer.concat(moments));
  writeFileSync(`${path}.f32`, Buffer.concat(all));
}
