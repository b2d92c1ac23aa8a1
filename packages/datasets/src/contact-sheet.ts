import { openDataset } from './dataset.js';
import { encodePng } from './png/encode.js';

/** Pixels that a sheet has at most along a side. */
const MAX_SIDE = 4096;

/**
 * A picture of a data set: images spread evenly over it, row by row.
 *
 * @param path of the data set
 * @param columns, rows of the sheet, at most; fewer where images are large, or few
 * @returns a PNG file
 * @throws if the data set cannot be opened or an image is damaged
 */
export async function contactSheet(path: string, columns = 16, rows = 8): Promise<Uint8Array> {
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
