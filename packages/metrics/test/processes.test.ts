import '@onestep/tfjs-backend-ort';
import * as tf from '@tensorflow/tfjs-core';
import { connectPorts, OtherRankError, PortCommunicator, type Communicator } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';
import { beforeAll, expect, it } from 'vitest';
import {
  collectFeatures,
  computeReference,
  measureMetrics,
  parseMetric,
  toReference,
  type CollectedFeatures,
  type FeatureExtractor,
  type ImageBatch,
  type SharedImages,
} from '../src/index.js';
import { pixelExtractor, randomImages } from './support/pixel-extractor.js';

beforeAll(async () => {
  await tf.setBackend('ort');
});

const COUNT = 300;
/** Where the shares of several processes begin; one of them has no images. */
const SHARES = [
  [0, 137],
  [0, 0, 300],
  [0, 10, 20],
  [0, 128, 256],
];
const keep = ['features', 'probabilities'] as const;

/** Makes the same call in several members of this thread, each with its share of the images. */
async function inShares<T>(
  [{ images }]: readonly [ImageBatch],
  starts: readonly number[],
  work: (images: ImageBatch[], share: SharedImages) => Promise<T>,
): Promise<T[]> {
  const length = images.length / COUNT;
  return Promise.all(
    connectPorts(starts.length).map((member, rank) => {
      const [first, end] = [starts[rank]!, starts[rank + 1] ?? COUNT];
      const communicator: Communicator = new PortCommunicator(member);
      const own = { images: images.subarray(first * length, end * length), count: end - first };
      return work(own.count === 0 ? [] : [own], { communicator, first });
    }),
  );
}

/** Whether numbers agree to a relative 1e-12. */
function expectSameSums(found: CollectedFeatures, expected: CollectedFeatures): void {
  for (const kind of ['statistics', 'spatial'] as const) {
    const [ours, theirs] = [found[kind]!.state(), expected[kind]!.state()];
    expect(ours.count).toBe(theirs.count);
    for (const name of ['sum', 'products'] as const) {
      for (const [i, value] of ours[name].entries()) {
        expect(Math.abs(value - theirs[name][i]!)).toBeLessThanOrEqual(1e-12 * Math.abs(theirs[name][i]!));
      }
    }
  }
}

it('collects the features of one process, in groups that do not depend on the shares', async () => {
  const all = randomImages(1, COUNT);
  const alone = await collectFeatures(pixelExtractor, all, { keep, spatial: true });
  for (const starts of SHARES) {
    const groups: number[] = [];
    const extractor: FeatureExtractor = {
      ...pixelExtractor,
      extract: (images, n, options) => (groups.push(n), pixelExtractor.extract(images, n, options)),
    };
    const seen: number[] = [];
    const found = await inShares(all, starts, (images, share) =>
      collectFeatures(extractor, images, { keep, spatial: true, share, onProgress: (count) => seen.push(count) }),
    );
    expect(groups.sort()).toEqual([128, 128, 44]);
    expect(Math.max(...seen)).toBe(COUNT);
    expect(found[0]).toMatchObject({ features: alone.features, probabilities: alone.probabilities });
    for (const [rank, collected] of found.entries()) {
      expectSameSums(collected, alone);
      expect(collected.statistics).toEqual(found[0]!.statistics);
      if (rank > 0)
        expect([collected.features, collected.probabilities]).toEqual([new Float32Array(), new Float32Array()]);
    }
  }
});

it('regroups images of floating-point pixels too', async () => {
  const [{ images, count }] = randomImages(1, COUNT);
  const all = [{ images: Float32Array.from(images, (value) => value + 0.25), count }] as const;
  const alone = await collectFeatures(pixelExtractor, all, { keep, spatial: true });
  for (const starts of SHARES) {
    const found = await inShares(all, starts, (own, share) =>
      collectFeatures(pixelExtractor, own, { keep, spatial: true, share }),
    );
    expect(found[0]!.features).toEqual(alone.features);
    expectSameSums(found.at(-1)!, alone);
  }
});

it('measures what one process does: exactly, or FID to rounding', async () => {
  const real = await collectFeatures(pixelExtractor, randomImages(1, 50), { keep, spatial: true });
  const statistics = toReference(real, { name: 'squares', detector: 'pixels', divisor: 'n-1' });
  const names = ['fid300_full', 'fid300', 'sfid300_adm', 'is300', 'kid300_exact', 'pr3003_full'];
  const metrics = names.map(parseMetric);
  const fake = randomImages(2, COUNT);
  const measure = (images: ImageBatch[], features: Float32Array, share?: SharedImages) =>
    measureMetrics({
      ...{ extractor: pixelExtractor, images, metrics, share },
      reference: { statistics, features },
      rng: new Rng(0),
    });
  const alone = await measure([...fake], real.features!);
  const [found, ...others] = await inShares(fake, [0, 70, 250], (images, share) =>
    measure(images, share.communicator.rank === 0 ? real.features! : new Float32Array(), share),
  );
  expect(others).toEqual([found, found]);
  const isFid = ({ metric }: { metric: string }) => /^s?fid/.test(metric);
  expect(found!.filter((result) => !isFid(result))).toEqual(alone.filter((result) => !isFid(result)));
  for (const [i, { metric, values }] of alone.filter(isFid).entries()) {
    const ours = found!.filter(isFid)[i]!.values[metric]!;
    expect(Math.abs(ours / values[metric]! - 1)).toBeLessThan(1e-12);
  }
});

it('computes the reference statistics of one process', async () => {
  const all = randomImages(1, COUNT);
  const alone = await computeReference(pixelExtractor, all, 'squares');
  const [found, other] = await inShares(all, [0, 250], (images, share) =>
    computeReference(pixelExtractor, images, 'squares', { share }),
  );
  expect(other).toEqual(found);
  expect(found!.numImages).toBe(COUNT);
  found!.covariance.forEach((value, i) => expect(value).toBeCloseTo(alone.covariance[i]!, 11));
});

it('fails in all processes where one fails, and names the image among all', async () => {
  const failing: FeatureExtractor = {
    ...pixelExtractor,
    extract: async (images, n, options) => {
      const outputs = await pixelExtractor.extract(images, n, options);
      if (n === 44) outputs.features[4 * 4] = NaN;
      return outputs;
    },
  };
  const errors = await inShares(randomImages(1, COUNT), [0, 100, 200], (images, share) =>
    collectFeatures(failing, images, { share }).catch((error: unknown) => error),
  );
  expect(errors.filter((error) => error instanceof OtherRankError)).toHaveLength(2);
  for (const error of errors) expect((error as Error).message).toMatch(/NaN among the features of image 260 \(counted/);
});

it('stops in all processes where one is stopped, and closes the images', async () => {
  let closed = 0;
  async function* endless(share: SharedImages, controller: AbortController): AsyncGenerator<ImageBatch> {
    try {
      for (let i = 0; ; i++) {
        if (i === 3 && share.communicator.rank === 1) controller.abort(new Error('Stopped.'));
        yield { images: new Uint8Array(512), count: 128 };
      }
    } finally {
      closed += 1;
    }
  }
  const errors = await inShares(randomImages(1, COUNT), [0, 128], (_, share) => {
    const controller = new AbortController();
    const images = endless(share, controller);
    return collectFeatures(pixelExtractor, images, { share, signal: controller.signal }).catch(
      (error: unknown) => error,
    );
  });
  expect(errors).toEqual([expect.objectContaining({ wasStopped: true, rank: 1 }), new Error('Stopped.')]);
  expect(closed).toBe(2);
});
