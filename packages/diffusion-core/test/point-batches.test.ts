import { expect, it } from 'vitest';
import { EIGHT_GAUSSIANS, exactPoints, modeShares, pointBatches } from '@onestep/diffusion-core/toy';

const toPoints = (bytes: Uint8Array) => Float32Array.from(bytes, (byte) => byte / 127.5 - 1);

it('batches of points are the eight Gaussians, within half a step of the grid', async () => {
  const { images, labels, count } = await pointBatches(4000, 5).next();
  expect([labels, count, images.length]).toEqual([null, 4000, 8000]);
  const points = toPoints(images);
  const exact = exactPoints(4000, 5);
  const inside = [...exact.keys()].filter((i) => Math.abs(exact[i]!) <= 1);
  for (const i of inside) expect(Math.abs(points[i]! - exact[i]!)).toBeLessThan(0.51 / 127.5);
  const shares = modeShares(points);
  for (const share of shares) expect(share).toBeCloseTo(1 / EIGHT_GAUSSIANS.means.length, 1);
  expect(shares.reduce((a, b) => a + b)).toBeGreaterThan(0.995);
});

it('batches differ, depend on the seed, and go on where they were', async () => {
  const source = pointBatches(10, 1);
  const [first, second] = [await source.next(), await source.next()];
  expect(second.images).not.toEqual(first.images);
  expect((await pointBatches(10, 100).next()).images).not.toEqual(first.images);
  const resumed = pointBatches(10, 1);
  await resumed.next();
  resumed.restore(JSON.parse(JSON.stringify(source.state())));
  expect((await resumed.next()).images).toEqual((await source.next()).images);
  expect(() => resumed.restore({})).toThrow(/how many batches/);
});
