import { encodePng } from '@onestep/datasets';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import type { Canvas } from './canvas.js';

/** Encodes a drawing as a PNG file. */
export function canvasPng({ data, width, height, channels }: Canvas): Uint8Array {
  return encodePng(data, { width, height, channels });
}

/** Writes a drawing as a PNG file. */
export async function writeCanvas(path: string, canvas: Canvas): Promise<void> {
  await writeFileAtomically(path, canvasPng(canvas));
}
