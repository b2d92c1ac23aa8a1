/**
 * Measures how the distance of the color detector grows as pictures become worse, or fewer kinds of them are left.
 *
 *   node --conditions=@onestep/source --import tsx packages/metrics/scripts/validate-color-detector.ts
 */
import { startBackend } from '@onestep/backends';
import { computeReference, frechetDistance, prepareImages, type PixelImage } from '@onestep/metrics';
import { loadColorDetector } from '@onestep/metrics/node';
import { Rng } from '@onestep/random';
import { blur, desaturate, noise, quantize, type Degradation } from './color-detector/degrade.js';
import { drawPicture, type PictureWish } from './color-detector/draw-picture.js';
import { readClothes } from './color-detector/read-clothes.js';
import { readOptions } from './options.js';

const { data, count } = readOptions({ data: '/usr/share/datasets/fashion-mnist', count: 600 });
await startBackend('ort');
const detector = await loadColorDetector();
const clothes = await readClothes(data, 't10k');

interface Series {
  name: string;
  amounts: readonly number[];
  side: number;
  /** The pictures of an amount. */
  picture(amount: number, rng: Rng, index: number, side: number): PixelImage;
}

const draw = (rng: Rng, wish: PictureWish) => drawPicture(rng, clothes, { degrade: false, ...wish }).image;
const degraded = (name: string, degrade: Degradation, amounts: readonly number[], side = 64): Series => ({
  name,
  amounts,
  side,
  picture: (amount, rng) => degrade(draw(rng, { side }), amount, rng),
});
/** Only the first part of the choices is left. */
const dropped = (name: string, choice: 'object' | 'objectColor', amounts: readonly number[]): Series => ({
  name,
  amounts,
  side: 64,
  picture: (amount, rng) => draw(rng, { [choice]: (1 - amount) * rng.uniform(1)[0]! }),
});

const SERIES: readonly Series[] = [
  degraded('blur, sigma in pixels', blur, [0.5, 1, 2, 4]),
  degraded('noise, standard deviation', noise, [5, 10, 20, 40]),
  degraded("JPEG's quantization, step", quantize, [2, 5, 12, 30]),
  degraded('less saturation, fraction', desaturate, [0.25, 0.5, 0.75, 1]),
  dropped('kinds of objects missing, fraction', 'object', [0.25, 0.5, 0.75, 0.95]),
  dropped('colors of objects missing, fraction', 'objectColor', [0.25, 0.5, 0.75, 0.95]),
  {
    name: 'pictures replaced by noise, fraction',
    amounts: [0.05, 0.15, 0.4, 1],
    side: 64,
    picture: (amount, rng, index) => {
      const image = draw(rng, {});
      return index < amount * count ? { ...image, data: Uint8Array.from(rng.integers(image.data.length, 256)) } : image;
    },
  },
  degraded('blur at 16x16', blur, [0.5, 1, 2, 4], 16),
  degraded('noise at 16x16', noise, [5, 10, 20, 40], 16),
  degraded('blur at 128x128', blur, [1, 2, 4, 8], 128),
  degraded('noise at 128x128', noise, [5, 10, 20, 40], 128),
];

const references = new Map<number, Awaited<ReturnType<typeof measure>>>();
for (const { name, amounts, side, picture } of SERIES) {
  const known = references.get(side) ?? (await measure(4 * count, `reference ${side}`, (rng) => draw(rng, { side })));
  references.set(side, known);
  const same = await measure(count, `same ${side}`, (rng) => draw(rng, { side }));
  const distances = [frechetDistance(same, known)];
  for (const amount of amounts) {
    const made = await measure(count, `${name} ${amount}`, (rng, i) => picture(amount, rng, i, side));
    distances.push(frechetDistance(made, known));
  }
  const grows = distances.every((value, i) => i === 0 || value > distances[i - 1]!);
  const cells = distances.map((value, i) => `${i === 0 ? 'none' : amounts[i - 1]}: ${value.toPrecision(3)}`);
  console.log(`| ${name} | ${cells.join(' | ')} | ${grows ? 'grows' : 'DOES NOT GROW'} |`);
}

function measure(total: number, name: string, make: (rng: Rng, index: number) => PixelImage) {
  const pictures = Array.from({ length: total }, (_, i) => i).values();
  const images = (function* () {
    for (const i of pictures) yield make(new Rng(0, `${name} ${i}`), i);
  })();
  return computeReference(detector, prepareImages(detector, images), name);
}
