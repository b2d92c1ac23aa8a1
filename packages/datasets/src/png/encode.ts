import { encode } from 'fast-png';
import { describeShape, type ImageShape } from '../image-shape.js';

/** Settings of {@link encodePng}. */
export interface EncodePngOptions extends ImageShape {
  /** DEFLATE level from 0 (stored: fastest to read, the choice for data sets) to 9 (smallest). Default 6. */
  compressionLevel?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
}

/**
 * Encodes an 8-bit image as a PNG file (https://www.w3.org/TR/png).
 *
 * @param data pixels in HWC order, `width * height * channels` bytes
 * @param options size of the image; 1 (gray) or 3 (RGB) channels
 * @throws if `data` does not have the size stated
 */
export function encodePng(data: Uint8Array, options: EncodePngOptions): Uint8Array {
  const { width, height, channels, compressionLevel = 6 } = options;
  if ((channels !== 1 && channels !== 3) || data.length !== width * height * channels) {
    throw new Error(
      `A PNG of ${describeShape(options)} (width x height x channels) cannot be made from ${data.length} bytes: ` +
        'it takes width * height * channels of them, and 1 or 3 channels.',
    );
  }
  return encode({ width, height, channels, depth: 8, data }, { zlib: { level: compressionLevel } });
}
