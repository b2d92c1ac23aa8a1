import type { PixelImage } from '../image-shape.js';

const MAX_EXAMPLES = 10;
/** Standard deviation below which an image has one color to the eye, of 255. */
const NEAR_CONSTANT = 2;
/** Distance from black or white, of 255. */
const MARGIN = 2;

/** What can be odd about an image. `gray as RGB`: its three channels are equal. */
export type OddImage = 'black' | 'white' | 'nearly constant' | 'gray as RGB';

/** Collects odd images by kind. */
export class OddImages {
  private readonly found = new Map<OddImage, { count: number; examples: string[] }>();

  add(image: PixelImage, name: string): void {
    for (const kind of findOddities(image)) {
      const group = this.found.get(kind) ?? { count: 0, examples: [] };
      this.found.set(kind, group);
      group.count += 1;
      if (group.examples.length < MAX_EXAMPLES) group.examples.push(name);
    }
  }

  groups(): Partial<Record<OddImage, { count: number; examples: string[] }>> {
    return Object.fromEntries(this.found);
  }
}

function findOddities({ data, channels }: PixelImage): OddImage[] {
  let [sum, squares, min, max, isGray] = [0, 0, 255, 0, channels === 3];
  for (let i = 0; i < data.length; i += channels) {
    const first = data[i]!;
    for (let c = 0; c < channels; c++) {
      const value = data[i + c]!;
      sum += value;
      squares += value * value;
      if (value < min) min = value;
      if (value > max) max = value;
      if (value !== first) isGray = false;
    }
  }
  const mean = sum / data.length;
  const deviation = Math.sqrt(Math.max(0, squares / data.length - mean * mean));
  const oddities: OddImage[] = [];
  if (max <= MARGIN) oddities.push('black');
  else if (min >= 255 - MARGIN) oddities.push('white');
  else if (deviation < NEAR_CONSTANT) oddities.push('nearly constant');
  if (isGray) oddities.push('gray as RGB');
  return oddities;
}
