import type { Rng } from '@onestep/random';
import { QUESTIONS, type Question } from '../../src/color/color-cnn.js';
import { antialiasedWeights } from '../../src/resize/axis-weights.js';
import type { PixelImage } from '../../src/resize/pixel-image.js';
import { resampleBytes } from '../../src/resize/resample.js';
import { clothesFigure, length, shapeFigure } from './figures.js';

/** Gray images with their classes: Fashion-MNIST. */
export interface Clothes {
  /** [n, 28, 28] */
  images: Uint8Array;
  /** [n] */
  labels: Uint8Array;
}

/** The answers to the questions. */
export type Answers = Record<Question, number>;

/** A picture with what is to be said about it. */
export interface Picture {
  image: PixelImage;
  answers: Answers;
}

/** What a picture is drawn from; fields that are left out are drawn at random. */
export interface PictureWish {
  /** Side of the picture in pixels. Default: 64. */
  side?: number;
  /** Whether blur and noise are added, as for training. Default: true. */
  degrade?: boolean;
  /** Chooses the object: 0 to 1. */
  object?: number;
  /** Chooses the object's color: 0 to 1. */
  objectColor?: number;
}

type Rgb = readonly [number, number, number];

const CLOTHES = 10;
const HUES = 8;
/** Values of black, gray and white. */
const GRAYS = [
  [0.02, 0.12],
  [0.38, 0.6],
  [0.9, 1],
] as const;
/** Largest standard deviation of the noise of each class, 0 to 255. */
const NOISE = [0, 10, 24, 50];
/** Smallest side from which a picture was enlarged, in 64 pixels, of each class of blur. */
const SHARP = [64, 32, 16, 8];

/**
 * Draws a picture: a piece of clothing or a geometric shape, in a color and at a place, on a background with a pattern.
 *
 * @param rng draws everything that is not wished for: the same generator gives the same picture
 */
export function drawPicture(rng: Rng, clothes: Clothes, wish: PictureWish = {}): Picture {
  const { side = 64, degrade = true } = wish;
  const u = rng.uniform(40);
  let at = 0;
  const next = () => u[at++]!;
  const pick = (count: number, wished?: number) => Math.floor((wished ?? next()) * count);

  const object = pick(QUESTIONS.object, wish.object);
  const objectColor = pick(QUESTIONS.objectColor, wish.objectColor);
  let backgroundColor = pick(QUESTIONS.backgroundColor - 1);
  // Never the object's own color.
  if (backgroundColor >= objectColor) backgroundColor += 1;
  const texture = pick(QUESTIONS.texture);
  const place = pick(QUESTIONS.place);
  const size = pick(QUESTIONS.size);
  const blur = degrade ? Math.max(0, pick(6) - 2) : 0;
  const noise = degrade ? Math.max(0, pick(6) - 2) : 0;

  const radius = 0.24 + 0.12 * (size + next());
  const [centerX, centerY] = [(place % 3) - 1 + 0.6 * (next() - 0.5), Math.floor(place / 3) - 1 + 0.6 * (next() - 0.5)];
  const spread = 0.5;
  const pixel = 2 / side;
  const chosen = pick(clothes.labels.length);
  const figure =
    object < CLOTHES
      ? clothesFigure(clothesOf(clothes, object, chosen))
      : shapeFigure(object - CLOTHES, pixel / radius);
  const tilt = (object < CLOTHES ? 0.5 : Math.PI) * (next() - 0.5) * 2;
  const [cos, sin] = [Math.cos(tilt), Math.sin(tilt)];
  const shadeX = 0.5 * (next() - 0.5);
  const shadeY = 0.5 * (next() - 0.5);
  const front = colorOf(objectColor, next(), next(), next());
  const back = colorOf(backgroundColor, next(), next(), next());
  const pattern = patternOf(texture, next(), next(), next());
  const contrast = 0.35 + 0.3 * next();

  const data = new Uint8Array(side * side * 3);
  for (let row = 0, out = 0; row < side; row++) {
    const y = (row + 0.5) * pixel - 1;
    for (let column = 0; column < side; column++, out += 3) {
      const x = (column + 0.5) * pixel - 1;
      const dark = 1 - contrast * pattern(x, y);
      const [dx, dy] = [(x - spread * centerX) / radius, (y - spread * centerY) / radius];
      const inside = Math.abs(dx) < 1.5 && Math.abs(dy) < 1.5;
      const { cover, light } = inside ? figure(cos * dx + sin * dy, cos * dy - sin * dx) : { cover: 0, light: 1 };
      const shade = light * (1 - Math.abs(shadeX + shadeY) + shadeX * dx + shadeY * dy);
      for (let c = 0; c < 3; c++) {
        data[out + c] = toByte(255 * ((1 - cover) * back[c]! * dark + cover * front[c]! * shade));
      }
    }
  }
  const answers = { object, texture, objectColor, backgroundColor, place, size, blur, noise };
  const image = { data, width: side, height: side, channels: 3 };
  if (!degrade) return { image, answers };
  const sharp = SHARP[blur]! * (blur === 0 ? 1 : 1 - 0.4 * next());
  const blurred = blur === 0 ? image : shrinkAndEnlarge(image, Math.max(4, Math.round((sharp * side) / 64)));
  return { image: addNoise(blurred, NOISE[noise]! * (1 - 0.4 * next()), rng), answers };
}

/** The next image of a class, from a place on. */
function clothesOf({ images, labels }: Clothes, label: number, from: number): Uint8Array {
  let i = from;
  while (labels[i] !== label) i = (i + 1) % labels.length;
  return images.subarray(i * 784, (i + 1) * 784);
}

/** A color of a class; `a`, `b` and `c`, 0 to 1, choose the shade. */
function colorOf(color: number, a: number, b: number, c: number): Rgb {
  if (color >= HUES) {
    const [low, high] = GRAYS[color - HUES]!;
    const value = low + (high - low) * a;
    return [value, value, value];
  }
  const hue = (color + 0.7 * (a - 0.5)) / HUES;
  const saturation = 0.55 + 0.45 * b;
  const value = 0.6 + 0.4 * c;
  const channel = (n: number) => {
    const k = (n + hue * 6 + 6) % 6;
    return value * (1 - saturation * Math.max(0, Math.min(1, k, 4 - k)));
  };
  return [channel(5), channel(3), channel(1)];
}

/** A pattern of values from 0 to 1, over a picture that reaches from -1 to 1. */
function patternOf(texture: number, a: number, b: number, c: number): (x: number, y: number) => number {
  const [cos, sin] = [Math.cos(Math.PI * a), Math.sin(Math.PI * a)];
  const frequency = 3 + 6 * b;
  const wave = (t: number) => 0.5 + 0.5 * Math.sin(Math.PI * frequency * t + 6 * c);
  const step = (value: number) => Math.min(1, Math.max(0, 4 * (value - 0.5) + 0.5));
  switch (texture) {
    case 0:
      return () => 0;
    case 1:
      return (x, y) => 0.5 + 0.35 * (cos * x + sin * y);
    case 2:
      return (x, y) => step(wave(cos * x + sin * y));
    case 3:
      return (x, y) => step(0.5 + 0.5 * Math.sin(Math.PI * frequency * x + 6 * c) * Math.sin(Math.PI * frequency * y));
    case 4:
      return (x, y) => step(wave(cos * x + sin * y) * wave(cos * y - sin * x));
    case 5:
      return (x, y) => wave(length(x - cos, y - sin) * 0.8);
    default:
      return (x, y) =>
        0.5 + 0.25 * Math.sin(7 * b * x + 5 * cos * y + 6 * c) + 0.25 * Math.sin(9 * c * y - 6 * sin * x + 7 * x * y);
  }
}

/** Blurs a picture by making it smaller and then larger again. */
export function shrinkAndEnlarge(image: PixelImage, side: number): PixelImage {
  const { width } = image;
  const [smaller, larger] = [antialiasedWeights(width, side, 'bilinear'), antialiasedWeights(side, width, 'bicubic')];
  const data = resampleBytes(image, { x: smaller, y: smaller });
  return { ...image, data: resampleBytes({ ...image, data, width: side, height: side }, { x: larger, y: larger }) };
}

/** Adds normal noise to each channel. @param sigma its standard deviation, 0 to 255 */
export function addNoise(image: PixelImage, sigma: number, rng: Rng): PixelImage {
  if (sigma === 0) return image;
  const noise = rng.normal(image.data.length);
  return { ...image, data: image.data.map((value, i) => toByte(value + sigma * noise[i]!)) };
}

function toByte(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}
