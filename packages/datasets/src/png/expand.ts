import type { ImageChange, DecodedImage } from '../decoding/image-change.js';
import { layOnWhite } from '../decoding/lay-on-white.js';
import type { PngChunks } from './chunks.js';
import { PALETTE, type PngHeader } from './header.js';

/**
 * Turns the samples of a PNG image into gray or RGB pixels: colors of the palette, transparent pixels on white.
 *
 * @param samples [H, W, C] as stored, 8 bits each
 * @throws if a pixel has a color that the palette does not have; the message does not name the file
 */
export function expandPng(samples: Uint8Array, header: PngHeader, chunks: PngChunks): DecodedImage {
  const { width, height, channels, depth } = header;
  const changes: ImageChange[] = [];
  if (depth === 16) changes.push('16-bit');
  if (depth === 1 && header.colorType !== PALETTE) changes.push('bitmap');
  if (header.colorType === PALETTE) {
    changes.push('palette');
    const { data, isTransparent } = readPalette(samples, chunks);
    if (isTransparent) changes.push('transparency');
    return { data, width, height, channels: 3, changes };
  }
  if (channels === 1 || channels === 3) return { data: samples, width, height, channels, changes };
  const { data, isTransparent } = layOnWhite(samples, channels);
  if (isTransparent) changes.push('transparency');
  return { data, width, height, channels: channels - 1, changes };
}

function readPalette(indices: Uint8Array, { palette, alpha }: PngChunks): { data: Uint8Array; isTransparent: boolean } {
  const colors = new Uint8Array(4 * 256);
  const count = Math.floor(palette.length / 3);
  for (let i = 0; i < count; i++) {
    colors.set(palette.subarray(3 * i, 3 * i + 3), 4 * i);
    colors[4 * i + 3] = alpha[i] ?? 255;
  }
  const { data: onWhite } = layOnWhite(colors, 4);
  const data = new Uint8Array(3 * indices.length);
  let isTransparent = false;
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (index >= count) throw new Error(`a pixel has color ${index} of a palette of ${count}`);
    data[3 * i] = onWhite[3 * index]!;
    data[3 * i + 1] = onWhite[3 * index + 1]!;
    data[3 * i + 2] = onWhite[3 * index + 2]!;
    isTransparent ||= colors[4 * index + 3]! < 255;
  }
  return { data, isTransparent };
}
