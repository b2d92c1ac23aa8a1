import { scaledColors, type Pixels } from './terminal-picture.js';

/** Steps of each color: 6 x 6 x 6 colors in all. */
const STEPS = 6;
/** Pixels that a character of sixel data has, one below the other. */
const BAND = 6;
/** Repetitions from which they are counted in place of repeated. */
const COUNTED = 4;

/**
 * A picture as sixels (DEC STD 070), in 216 colors: at the cursor. It is made smaller to fit, and larger by whole factors.
 *
 * @param width most pixels in a row
 * @param height most rows of pixels
 */
export function sixelPicture(pixels: Pixels, width: number, height: number): string {
  const factor = Math.max(1, Math.floor(Math.min(width / pixels.width, height / pixels.height)));
  const small = scaledColors(pixels, Math.max(1, pixels.width / width, pixels.height / height));
  const columns = small.width * factor;
  const rows = small.height * factor;
  const indexAt = (x: number, y: number) => {
    const from = (Math.floor(y / factor) * small.width + Math.floor(x / factor)) * 3;
    const [red, green, blue] = [0, 1, 2].map((c) => Math.round((small.data[from + c]! / 255) * (STEPS - 1)));
    return (red! * STEPS + green!) * STEPS + blue!;
  };
  const bands: string[] = [];
  const used = new Set<number>();
  for (let top = 0; top < rows; top += BAND) {
    const masks = new Map<number, Uint8Array>();
    for (let y = top; y < Math.min(rows, top + BAND); y++) {
      for (let x = 0; x < columns; x++) {
        const index = indexAt(x, y);
        if (!masks.has(index)) masks.set(index, new Uint8Array(columns));
        masks.get(index)![x]! |= 1 << (y - top);
      }
    }
    for (const index of masks.keys()) used.add(index);
    bands.push([...masks].map(([index, mask]) => `#${index}${sixels(mask)}`).join('$'));
  }
  const colors = [...used].map((index) => `#${index};2;${percents(index).join(';')}`);
  return `\x1bP0;1q"1;1;${columns};${rows}${colors.join('')}${bands.join('-')}\x1b\\`;
}

/** Characters for the pixels of one color in a band; repeated ones are counted. */
function sixels(mask: Uint8Array): string {
  let text = '';
  for (let from = 0; from < mask.length;) {
    let to = from + 1;
    while (to < mask.length && mask[to] === mask[from]) to++;
    const character = String.fromCharCode(63 + mask[from]!);
    text += to - from < COUNTED ? character.repeat(to - from) : `!${to - from}${character}`;
    from = to;
  }
  return text;
}

/** Red, green and blue of a color, from 0 to 100. */
function percents(index: number): number[] {
  const steps = [Math.floor(index / STEPS ** 2), Math.floor(index / STEPS) % STEPS, index % STEPS];
  return steps.map((step) => Math.round((step * 100) / (STEPS - 1)));
}
