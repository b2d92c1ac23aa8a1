import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadGenerator, startEngine, type SampledImage } from 'onestep';
import { beforeAll, expect, it } from 'vitest';

const FOLDER = fileURLToPath(new URL('../assets/models/', import.meta.url));
const STUDENTS = readdirSync(FOLDER).filter(
  (name) => /^emoji-.*\.safetensors$/.test(name) && !name.includes('teacher'),
);
const HEARTS = ['red', 'green', 'blue'] as const;

beforeAll(async () => void (await startEngine()));

/** Mean red, green and blue of the middle, 8x8 pixels. */
function middleOf({ data, width }: SampledImage): number[] {
  const sums = [0, 0, 0];
  for (let y = 12; y < 20; y++) {
    for (let x = 12; x < 20; x++)
      sums.forEach((_, channel) => (sums[channel]! += data[3 * (y * width + x) + channel]!));
  }
  return sums.map((sum) => sum / 64);
}

it.each(STUDENTS)('%s draws hearts of the color that is asked for, and yellow faces on white', async (name) => {
  const generator = await loadGenerator(FOLDER + name);
  const prompt = ['heavy black heart', 'green heart', 'blue heart', 'grinning face', 'face with rolling eyes'];
  const images = await generator.sample({ seeds: prompt.map((_, i) => i), prompt, guidance: 2 });
  const middles = images.map(middleOf);
  for (const [i] of HEARTS.entries()) {
    const others = middles[i]!.filter((_, channel) => channel !== i);
    expect(middles[i]![i]!).toBeGreaterThan(Math.max(...others) + 40);
  }
  for (const [red, green, blue] of middles.slice(3)) {
    expect(red! + green!).toBeGreaterThan(330);
    expect(blue!).toBeLessThan(160);
  }
  for (const { data, width } of images) {
    const top = data.slice(0, 3 * width);
    expect(top.reduce((sum, value) => sum + value, 0) / top.length).toBeGreaterThan(230);
  }
  generator.dispose();
});
