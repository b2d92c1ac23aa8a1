import { join } from 'node:path';
import { writeNpz } from '@onestep/checkpoint/node';

/**
 * Writes images as `samples_{N}x{H}x{W}x{C}.npz` with `arr_0`, uint8 NHWC, for the evaluator of Dhariwal & Nichol 2021.
 *
 * @returns a line with their number and the path
 */
export async function packSamples(
  outdir: string,
  images: readonly Uint8Array[],
  { imgResolution: size, imgChannels: channels }: { imgResolution: number; imgChannels: number },
): Promise<string> {
  const shape = [images.length, size, size, channels];
  const path = join(outdir, `samples_${shape.join('x')}.npz`);
  await writeNpz(path, { arr_0: { shape, pieces: images } });
  return `${images.length} images in ${path}`;
}
