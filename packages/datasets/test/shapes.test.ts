import { createHash } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isHeldOut } from '../src/drawn/shapes/held-out.js';
import { paintScene } from '../src/drawn/shapes/paint.js';
import { PALETTE, type ColorName } from '../src/drawn/shapes/palette.js';
import { middleOf } from '../src/drawn/shapes/places.js';
import {
  CaptionMeter,
  DRAWN_DATASETS,
  HELD_OUT,
  drawDataset,
  findThings,
  matchCaption,
  measureCaptions,
  openDataset,
  readCaption,
  shapesScene,
  type Scene,
  type StatedScene,
  type Thing,
} from '../src/index.js';
import { temporaryFolder } from './sample-files.js';
import { addNoise, soften } from './worse-pictures.js';

const shapes = DRAWN_DATASETS.find(({ name }) => name === 'shapes')!;
const picture = fc.record({ seed: fc.nat(1000), index: fc.nat(100_000) });
const state = ({ things, ground }: Scene): StatedScene => ({ things, ground, unknown: [] });

describe('shapes', () => {
  it('are the same on every machine, pictures and captions', () => {
    const digest = (splits: readonly string[]) => {
      const hash = createHash('sha256');
      for (const split of splits) {
        for (let index = 0; index < 50; index++) {
          hash.update(shapes.draw(3, index, 32, split)).update(shapes.describe!(3, index, split));
        }
      }
      return hash.digest('hex');
    };
    expect(digest(['train', 'held-out'])).toBe('791726279217a379217c6945cce9d6d8d75079a82413f93d76b4737219935d33');
    expect(digest(['two-things'])).toBe('3ae94757fa76a678e6fd4d72baedd192ac0009f188b719dae17df7f707e15400');
  });

  it('train without the combinations that are held out, of which every held-out picture has one', () => {
    expect(new Set(HELD_OUT.map(({ color }) => color)).size).toBe(8);
    expect(new Set(HELD_OUT.map(({ shape }) => shape)).size).toBe(8);
    fc.assert(
      fc.property(picture, ({ seed, index }) => {
        expect(shapesScene(seed, index).things.some(isHeldOut)).toBe(false);
        expect(shapesScene(seed, index, 'held-out').things.some(isHeldOut)).toBe(true);
      }),
    );
  });

  it('are two that differ in shape and color, in the part two-things, whose captions say no more', () => {
    fc.assert(
      fc.property(picture, ({ seed, index }) => {
        const { things, ground } = shapesScene(seed, index, 'two-things');
        const [a, b] = things as [Thing, Thing];
        expect([things.length, ground, a.size, b.size]).toEqual([2, 'gray', 'large', 'large']);
        expect([a.shape, a.color].some((each) => each === b.shape || each === b.color)).toBe(false);
        const stated = readCaption(shapes.describe!(seed, index, 'two-things'));
        expect(stated).toEqual({
          things: [
            { shape: a.shape, color: a.color },
            { shape: b.shape, color: b.color },
          ],
          unknown: [],
        });
      }),
      { numRuns: 30 },
    );
  });

  it('are one large thing in the middle, in the parts one-thing and one-held-out', () => {
    fc.assert(
      fc.property(picture, fc.constantFrom('one-thing', 'one-held-out'), ({ seed, index }, split) => {
        const { things, ground } = shapesScene(seed, index, split);
        const [thing] = things as [Thing];
        expect([things.length, thing.size, thing.place]).toEqual([1, 'large', 'center']);
        expect(thing.color).not.toBe(ground);
        expect(isHeldOut(thing)).toBe(split === 'one-held-out');
      }),
      { numRuns: 50 },
    );
  });

  it('do not touch, and stay within the picture', () => {
    fc.assert(
      fc.property(picture, ({ seed, index }) => {
        const { things } = shapesScene(seed, index);
        for (const [i, { x, y, radius }] of things.entries()) {
          expect(Math.min(x, y) - radius).toBeGreaterThanOrEqual(0);
          expect(Math.max(x, y) + radius).toBeLessThanOrEqual(32);
          for (const other of things.slice(i + 1)) {
            expect(Math.hypot(x - other.x, y - other.y)).toBeGreaterThan(radius + other.radius);
          }
        }
      }),
    );
  });

  it('captions say what is true, and are read so', () => {
    fc.assert(
      fc.property(picture, ({ seed, index }) => {
        const scene = shapesScene(seed, index);
        const { things, ground, unknown } = readCaption(shapes.describe!(seed, index));
        expect(unknown).toEqual([]);
        expect(scene.things).toMatchObject(things);
        if (ground !== undefined) expect(ground).toBe(scene.ground);
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, StatedScene]>([
    ['a red circle on blue', { things: [{ shape: 'circle', color: 'red' }], ground: 'blue', unknown: [] }],
    [
      'Tiny STAR in the lower right, grey background',
      { things: [{ shape: 'star', size: 'small', place: 'bottom right' }], ground: 'gray', unknown: [] },
    ],
    [
      'a heart to the left of a green box',
      { things: [{ shape: 'heart' }], ground: 'green', relation: 'left of', unknown: ['box'] },
    ],
  ])('reads %j', (caption, stated) => expect(readCaption(caption)).toEqual(stated));
});

describe('matchCaption', () => {
  it.each([
    ['clean', 0, false],
    ['noisy', 15, false],
    ['soft and noisy', 10, true],
  ])('finds everything in %s pictures', (_, noise, isSoft) => {
    for (let index = 0; index < 12; index++) {
      const split = shapes.splits[index % shapes.splits.length];
      const clean = shapes.draw(11, index, 32, split);
      const pixels = addNoise(isSoft ? soften(clean) : clean, noise, index);
      const { isRight, found } = matchCaption(pixels, state(shapesScene(11, index, split)));
      expect(isRight, `${index}: ${shapes.describe!(11, index, split)}, ${JSON.stringify(found)}`).toBe(true);
    }
  });

  it('names the attributes that are wrong, and tells a wrong binding from wrong things', () => {
    const scene = {
      ground: 'white' as const,
      things: [
        { shape: 'star' as const, color: 'red' as const, size: 'large' as const, place: 'left' as const },
        { shape: 'ring' as const, color: 'blue' as const, size: 'small' as const, place: 'right' as const },
      ],
    };
    const things = scene.things.map((thing) => {
      const [x, y] = middleOf(thing.place);
      return { ...thing, x, y, radius: thing.size === 'large' ? 6.5 : 4, rgb: PALETTE[thing.color] };
    });
    const pixels = paintScene({ groundRgb: PALETTE.white, things }, 32);
    expect(findThings(pixels)).toMatchObject({ ground: 'white', things: scene.things });
    const match = (caption: string) => matchCaption(pixels, caption);
    expect(match('a red star and a blue ring on white').isRight).toBe(true);
    expect(match('a blue star and a red ring')).toMatchObject({ isRight: false, count: true, binding: false });
    expect(match('a large red star to the left of a ring')).toMatchObject({ isRight: true, relation: true });
    expect(match('a red star to the right of a ring')).toMatchObject({ isRight: false, relation: false });
    expect(match('a small red star at the left and a blue ring').things[0]).toEqual({ shape: true, color: true, size: false, place: true }); // prettier-ignore
    expect(match('a red star on black')).toMatchObject({ isRight: false, count: false, ground: false, binding: true });
  });

  it('is measured of captions of two things: both bindings right, or the colors exchanged', () => {
    const meter = new CaptionMeter();
    const paint = (first: ColorName, second: ColorName) => {
      const thing = { size: 'large' as const, radius: 6.5, y: 16 };
      const star = {
        ...thing,
        shape: 'star' as const,
        color: first,
        place: 'left' as const,
        x: 8,
        rgb: PALETTE[first],
      };
      const ring = {
        ...thing,
        shape: 'ring' as const,
        color: second,
        place: 'right' as const,
        x: 24,
        rgb: PALETTE[second],
      };
      return paintScene({ groundRgb: PALETTE.white, things: [star, ring] }, 32);
    };
    meter.add(paint('red', 'blue'), 'a red star and a blue ring');
    meter.add(paint('blue', 'red'), 'a red star and a blue ring');
    meter.add(paint('green', 'blue'), 'a red star and a blue ring');
    // Colors that cannot be exchanged, and one thing.
    meter.add(paint('red', 'red'), 'a red star and a red ring');
    meter.add(paint('red', 'red'), 'a red star');
    const { pair, exchanged, binding, count } = meter.counts().seen;
    expect(pair).toEqual({ right: 1, stated: 3 });
    expect(exchanged).toEqual({ right: 1, stated: 3 });
    expect(binding).toEqual({ right: 3, stated: 5 });
    expect(count).toEqual({ right: 4, stated: 5 });
  });

  it('says that nothing is there', () => {
    const empty = new Uint8Array(32 * 32 * 3).fill(132);
    expect(findThings(empty)).toEqual({ ground: 'gray', things: [] });
    expect(matchCaption(empty, 'a red star').things).toEqual([{ shape: false, color: false }]);
    expect(() => findThings(new Uint8Array(5))).toThrow(/5 values; expected 32 x 32 x 3/);
  });
});

it('a data set of shapes has captions and what was held out, and is measured by them', async () => {
  const dest = join(temporaryFolder(), 'shapes.zip');
  const made = await drawDataset({ name: 'shapes', dest, numImages: 12, seed: 5, split: 'held-out' });
  expect(made).toMatchObject({ numCaptions: 12, firstUncaptioned: null, numClasses: 0 });
  const dataset = await openDataset(dest, { useLabels: 'if-present', useCaptions: true, xflip: true });
  expect(dataset.captionAt(14)).toBe(shapes.describe!(5, 2, 'held-out'));
  expect(dataset.labelKind).toBe('none');
  dataset.close();
  const found = await measureCaptions(dest);
  expect(found).toMatchObject({ numImages: 12, numWithoutCaption: 0, unknownWords: [] });
  expect(found.heldOut.all).toEqual({ right: 12, stated: 12 });
  expect(found.seen.all.stated).toBe(0);
  await expect(drawDataset({ name: 'shapes', dest, split: 'test', overwrite: true })).rejects.toThrow(
    /split is one of the parts of shapes \(train, held-out, two-things, one-thing, one-held-out\), not "test"/,
  );
});
