import { openDataset } from './dataset.js';
import { encodePng } from './png/encode.js';

/** Largest side of a sheet, in pixels. */
const MAX_SIDE = 4096;

/**
 * Draws a contact sheet: images from evenly spaced positions in a data set, row by row.
 *
 * @param path of the data set
 * @param columns largest number of columns; there are fewer if the images are large, or few
 * @param rows largest number of rows
 * @returns a PNG file
 * @throws if the data set cannot be opened or an image is damaged
 */
export async function drawContactSheet(path: string, columns = 16, rows = 8): Promise<Uint8Array> {
  const dataset = await openDataset(path, { cacheBytes: 0 });
  try {
    const { resolution, channels, length } = dataset;
    const fitting = Math.max(1, Math.floor(MAX_SIDE / resolution));
    const across = Math.min(columns, fitting, length);
    const down = Math.min(rows, fitting, Math.ceil(length / across));
    const shown = Math.min(across * down, length);
    const stride = resolution * channels;
    const sheet = new Uint8Array(across * down * resolution * stride);
    for (let i = 0; i < shown; i++) {
      const image = dataset.imageAt(Math.floor((i * length) / shown));
      const top = Math.floor(i / across) * resolution;
      for (let row = 0; row < resolution; row++) {
        const at = ((top + row) * across + (i % across)) * stride;
        sheet.set(image.subarray(row * stride, (row + 1) * stride), at);
      }
    }
    return encodePng(sheet, { width: across * resolution, height: down * resolution, channels });
  } finally {
    dataset.close();
  }
}
