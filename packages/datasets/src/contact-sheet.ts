import { openDataset } from './dataset.js';
import type { PixelImage } from './image-shape.js';
import { encodePng } from './png/encode.js';
import { toRgb } from './transform/crop.js';
import { resizeLanczos } from './transform/lanczos.js';

/** Largest side of a sheet, in pixels. */
const MAX_SIDE = 4096;
/** Gray level around images that are smaller than others. */
const BACKGROUND = 96;

/** Largest number of columns and rows of a contact sheet. */
export interface SheetSize {
  columns: number;
  rows: number;
}

/** A picture of images from evenly spaced positions in a collection, row by row. Large images are made smaller. */
export class ContactSheet {
  private readonly shown: number;
  private readonly images: PixelImage[] = [];

  /** @param count number of images in the collection */
  constructor(
    private readonly count: number,
    private readonly size: SheetSize,
  ) {
    this.shown = Math.min(size.columns * size.rows, count);
  }

  /** Takes the image at a position of the collection if it is to be shown. Positions come in ascending order. */
  add(index: number, image: PixelImage): void {
    const next = this.images.length;
    if (next < this.shown && index >= Math.floor((next * this.count) / this.shown)) {
      this.images.push(shrink(image, Math.floor(MAX_SIDE / Math.max(this.size.columns, this.size.rows))));
    }
  }

  /** @returns a PNG file; null without images */
  draw(): Uint8Array | null {
    return this.images.length === 0 ? null : layOut(this.images, this.size.columns);
  }
}

/**
 * Draws a contact sheet: images from evenly spaced positions in a data set, row by row.
 *
 * @param path of the data set
 * @param columns largest number of columns; there are fewer if there are few images
 * @param rows largest number of rows
 * @returns a PNG file
 * @throws if the data set cannot be opened or an image is damaged
 */
export async function drawContactSheet(path: string, columns = 16, rows = 8): Promise<Uint8Array> {
  const dataset = await openDataset(path, { cacheBytes: 0 });
  try {
    const { resolution, channels, length } = dataset;
    const sheet = new ContactSheet(length, { columns, rows });
    const shown = Math.min(columns * rows, length);
    for (let i = 0; i < shown; i++) {
      const index = Math.floor((i * length) / shown);
      sheet.add(index, { data: dataset.imageAt(index), width: resolution, height: resolution, channels });
    }
    return sheet.draw()!;
  } finally {
    dataset.close();
  }
}

/** Makes an image fit a square of side `side`. */
function shrink(image: PixelImage, side: number): PixelImage {
  const scale = side / Math.max(image.width, image.height);
  if (scale >= 1) return image;
  const fit = (length: number) => Math.max(1, Math.round(length * scale));
  return resizeLanczos(image, fit(image.width), fit(image.height));
}

function layOut(all: readonly PixelImage[], columns: number): Uint8Array {
  const channels = all.some((image) => image.channels === 3) ? 3 : 1;
  const images = channels === 3 ? all.map(toRgb) : all;
  const cell = {
    width: Math.max(...images.map(({ width }) => width)),
    height: Math.max(...images.map(({ height }) => height)),
  };
  const across = Math.min(columns, images.length);
  const down = Math.ceil(images.length / across);
  const stride = across * cell.width * channels;
  const isEven = images.every(({ width, height }) => width === cell.width && height === cell.height);
  const sheet = new Uint8Array(down * cell.height * stride).fill(isEven ? 0 : BACKGROUND);
  for (const [i, { data, width, height }] of images.entries()) {
    const left = (i % across) * cell.width + Math.floor((cell.width - width) / 2);
    const top = Math.floor(i / across) * cell.height + Math.floor((cell.height - height) / 2);
    for (let row = 0; row < height; row++) {
      const line = data.subarray(row * width * channels, (row + 1) * width * channels);
      sheet.set(line, (top + row) * stride + left * channels);
    }
  }
  return encodePng(sheet, { width: across * cell.width, height: down * cell.height, channels });
}
