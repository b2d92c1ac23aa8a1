import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Draws } from '../src/drawn/draws.js';
import { TOY_KINDS } from '../src/drawn/toys/toy-kinds.js';
import { DRAWN_DATASETS, drawDataset, openDataset } from '../src/index.js';
import { temporaryFolder } from './sample-files.js';

const toys = DRAWN_DATASETS.find(({ name }) => name === 'toys')!;
const zip = () => join(temporaryFolder(), 'toys.zip');
const digest = (...images: Uint8Array[]) => {
  const hash = createHash('sha256');
  for (const image of images) hash.update(image);
  return hash.digest('hex');
};
const drawFirst = (count: number, seed = 0, side = 32) =>
  Array.from({ length: count }, (_, index) => toys.draw(seed, index, side));

describe('toys', () => {
  it('are the same on every machine: the first of two seeds have the digests that everybody gets', () => {
    expect(digest(...drawFirst(20))).toBe('29dff5a7eaaf316674330711f99e0e446fe955cb0740a6f88f58da6621561650');
    expect(digest(...drawFirst(10, 2 ** 53 - 1))).toBe(
      '11de15c0c5bd5d96947263e8675f43c2aea1e527c2a6c9a85a89ea4c2c3dd3f5',
    );
  });

  it('a picture does not depend on those before it, nor on the number of pictures', async () => {
    const pictures = drawFirst(13, 3, 8);
    expect(toys.draw(3, 12, 8)).toEqual(pictures[12]);
    const dest = zip();
    await drawDataset({ name: 'toys', dest, numImages: 13, resolution: 8, seed: 3 });
    const dataset = await openDataset(dest, { useLabels: true });
    expect(Array.from({ length: 13 }, (_, i) => dataset.imageAt(i))).toEqual(pictures);
    dataset.close();
  });

  it('are all different, and have the whole range of every color', () => {
    const pictures = [...drawFirst(50, 0, 16), ...drawFirst(50, 1, 16)];
    expect(new Set(pictures.map((picture) => digest(picture))).size).toBe(pictures.length);
    for (const channel of [0, 1, 2]) {
      const values = pictures.flatMap((picture) => [...picture].filter((_, i) => i % 3 === channel));
      expect(values.filter((value) => value < 32).length / values.length).toBeGreaterThan(0.01);
      expect(values.filter((value) => value > 224).length / values.length).toBeGreaterThan(0.01);
    }
    for (const picture of pictures) expect(Math.max(...picture) - Math.min(...picture)).toBeGreaterThan(40);
  });

  it('show the same at every resolution', () => {
    const [small, large] = [drawFirst(10, 0, 16), drawFirst(10, 0, 32)];
    for (const [index, picture] of small.entries()) {
      let difference = 0;
      for (let i = 0; i < picture.length; i++) {
        const [row, column, channel] = [Math.floor(i / 48), Math.floor(i / 3) % 16, i % 3];
        const at = (y: number, x: number) => large[index]![((2 * row + y) * 32 + 2 * column + x) * 3 + channel]!;
        difference += Math.abs(picture[i]! - (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4) / picture.length;
      }
      expect(difference).toBeLessThan(8);
    }
  });

  it('stand on the floor, within the ball in which rays look for them', () => {
    const unit = fc.double({ min: -1, max: 1, noNaN: true });
    const kind = fc.nat(TOY_KINDS.length - 1);
    fc.assert(
      fc.property(kind, fc.nat(10_000), unit, unit, unit, (index, seed, x, y, z) => {
        const length = Math.hypot(x, y, z);
        fc.pre(length > 0.01);
        const { bounds, draw: drawParts } = TOY_KINDS[index]!;
        const scale = bounds.radius / length;
        const place = [x * scale, bounds.height + y * scale, z * scale] as const;
        for (const { solid } of drawParts(new Draws(seed, index, 'toys'))) {
          expect(solid(...place)).toBeGreaterThan(0);
          expect(solid(place[0], -1e-9, place[2])).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('no distance is too large, so that no ray passes a surface', () => {
    const place = fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -1.5, max: 1.5, noNaN: true })));
    const kind = fc.nat(TOY_KINDS.length - 1);
    fc.assert(
      fc.property(kind, fc.nat(10_000), place, place, (index, seed, a, b) => {
        const apart = Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!);
        for (const { solid } of TOY_KINDS[index]!.draw(new Draws(seed, index, 'toys'))) {
          const [here, there] = [solid(a[0]!, a[1]!, a[2]!), solid(b[0]!, b[1]!, b[2]!)];
          if (there <= 0) expect(here).toBeLessThanOrEqual(apart + 1e-9);
        }
      }),
      { numRuns: 4000 },
    );
  });
});

describe('drawDataset', () => {
  it('makes a labeled data set with as many pictures of every class, and the same file again', async () => {
    const [first, second] = [zip(), zip()];
    const progress: number[] = [];
    const options = { name: 'toys', numImages: 30, resolution: 8 };
    const made = await drawDataset({ ...options, dest: first, onProgress: (done) => progress.push(done) });
    expect(made).toMatchObject({ numImages: 30, resolution: 8, channels: 3, numClasses: 10, numUnlabeled: 0 });
    expect(made.classNames).toEqual(TOY_KINDS.map(({ name }) => name));
    expect(progress).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    const dataset = await openDataset(first, { useLabels: true });
    const classes = Array.from({ length: 30 }, (_, i) => dataset.classAt(i));
    for (let label = 0; label < 10; label++) expect(classes.filter((one) => one === label)).toHaveLength(3);
    dataset.close();
    await drawDataset({ ...options, dest: second });
    expect(readFileSync(second).equals(readFileSync(first))).toBe(true);
  });

  it('stopped, it leaves nothing behind', async () => {
    const dest = zip();
    const controller = new AbortController();
    const drawing = drawDataset({
      name: 'toys',
      dest,
      numImages: 1000,
      resolution: 8,
      signal: controller.signal,
      onProgress: (done) => done === 5 && controller.abort(new Error('enough')),
    });
    await expect(drawing).rejects.toThrow('enough');
    expect(readdirSync(join(dest, '..'))).toEqual([]);
  });

  it.each([
    [{ name: 'cats' }, /name is one of .*\(toys, shapes\), not "cats"/],
    [{ numImages: 0 }, /numImages is a whole number from 1 .*not 0/],
    [{ resolution: 33 }, /resolution is a power of two from 8 to 1024, not 33/],
    [{ seed: -1 }, /seed is a whole number from 0 .*not -1/],
  ])('refuses %j before it makes anything', async (wrong, message) => {
    const dest = zip();
    await expect(drawDataset({ name: 'toys', dest, numImages: 1, ...wrong })).rejects.toThrow(message);
    expect(existsSync(dest)).toBe(false);
  });
});
