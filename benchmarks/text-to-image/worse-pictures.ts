import { Rng } from '@onestep/random';

/** Side of the pictures. */
export const SIDE = 32;

/** Changes the pixels of a picture. */
type Change = (pixels: Pixels, rng: Rng) => Pixels;
/** RGB, [32, 32, 3]. */
type Pixels = Float64Array<ArrayBuffer>;

/** What is done to pictures, from the mildest to the strongest of a kind. */
export const CHANGES: Readonly<Record<string, readonly Change[]>> = {
  'as they are': [],
  'noise of 10': [noise(10)],
  'noise of 25': [noise(25)],
  'noise of 50': [noise(50)],
  'blur of 0.7 pixels': [blur(0.7)],
  'blur of 1 pixel': [blur(1)],
  'blur of 1.5 pixels': [blur(1.5)],
  'blur of 1, noise of 10': [blur(1), noise(10)],
  'moved by 0.5 pixels': [warp(0.5)],
  'moved by 1 pixel': [warp(1)],
  'moved by 1.5 pixels': [warp(1.5)],
  'contrast of 70 %': [contrast(0.7)],
  'contrast of 50 %': [contrast(0.5)],
  'patches of 20': [patches(20)],
  'patches of 40': [patches(40)],
};

/**
 * Makes a picture worse, as generated ones may be.
 *
 * @param pixels RGB, [32, 32, 3], 0 to 255
 * @param name of {@link CHANGES}
 * @param seed of what is random in it
 */
export function makeWorse(pixels: Uint8Array, name: string, seed: number): Uint8Array {
  const rng = new Rng(seed, name);
  const changed = CHANGES[name]!.reduce((before, change) => change(before, rng), Float64Array.from(pixels));
  return Uint8Array.from(changed, (value) => Math.min(255, Math.max(0, Math.round(value))));
}

function noise(deviation: number): Change {
  return (pixels, rng) => {
    const drawn = rng.normal(pixels.length);
    return pixels.map((value, i) => value + deviation * drawn[i]!);
  };
}

/** Gaussian blur. @param sigma in pixels */
function blur(sigma: number): Change {
  const reach = Math.ceil(3 * sigma);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)));
  const total = kernel.reduce((a, b) => a + b, 0);
  const along = (pixels: Pixels, dx: number, dy: number) =>
    pixels.map((_, at) => {
      const { x, y, channel } = placeOf(at);
      return kernel.reduce((sum, weight, i) => {
        const shift = i - reach;
        return sum + (weight / total) * pixelAt(pixels, x + dx * shift, y + dy * shift, channel);
      }, 0);
    });
  return (pixels) => along(along(pixels, 1, 0), 0, 1);
}

/** Moves the parts of a picture by smooth random shifts, so that outlines bend. @param deviation of the shifts, in pixels */
function warp(deviation: number): Change {
  return (pixels, rng) => {
    const [dx, dy] = [smoothField(rng), smoothField(rng)];
    return pixels.map((_, at) => {
      const { x, y, channel } = placeOf(at);
      const i = y * SIDE + x;
      return between(pixels, x + deviation * dx[i]!, y + deviation * dy[i]!, channel);
    });
  };
}

/** Moves all colors toward the average of the picture. */
function contrast(share: number): Change {
  return (pixels) => {
    const mean = pixels.reduce((a, b) => a + b, 0) / pixels.length;
    return pixels.map((value) => mean + share * (value - mean));
  };
}

/** Adds smooth patches of color. @param deviation of a channel */
function patches(deviation: number): Change {
  return (pixels, rng) => {
    const fields = [smoothField(rng), smoothField(rng), smoothField(rng)];
    return pixels.map((value, at) => value + deviation * fields[at % 3]![Math.floor(at / 3)]!);
  };
}

/** A random field of unit deviation that changes over about 4 pixels, [32, 32]. */
function smoothField(rng: Rng): Pixels {
  const drawn = rng.normal(SIDE * SIDE);
  const rough = Float64Array.from({ length: 3 * SIDE * SIDE }, (_, i) => drawn[Math.floor(i / 3)]!);
  const smooth = blur(2)(rough, rng).filter((_, i) => i % 3 === 0);
  const deviation = Math.sqrt(smooth.reduce((sum, value) => sum + value * value, 0) / smooth.length);
  return smooth.map((value) => value / deviation);
}

function placeOf(at: number) {
  return { channel: at % 3, x: Math.floor(at / 3) % SIDE, y: Math.floor(at / (3 * SIDE)) };
}

function pixelAt(pixels: Pixels, x: number, y: number, channel: number): number {
  const inside = (value: number) => Math.min(SIDE - 1, Math.max(0, value));
  return pixels[(inside(y) * SIDE + inside(x)) * 3 + channel]!;
}

/** Bilinear interpolation. */
function between(pixels: Pixels, x: number, y: number, channel: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [u, v] = [x - left, y - top];
  const row = (at: number) => (1 - u) * pixelAt(pixels, left, at, channel) + u * pixelAt(pixels, left + 1, at, channel);
  return (1 - v) * row(top) + v * row(top + 1);
}
