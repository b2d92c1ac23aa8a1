import type { SampledImage } from '../sampling/sample-in-batches.js';
import { encodePng } from './encode-png.js';
import { tileImages, type TileOptions } from './tile-images.js';

/** A picture that a notebook shows when it is the value of a cell. */
export interface ShownImages {
  /** The picture as a PNG file. */
  readonly png: Uint8Array;
  /** The same as a `data:` URL, for `src` of an image in HTML. */
  readonly src: string;
}

/** The method by which values tell Deno's Jupyter kernel how they are shown (https://docs.deno.com/runtime/reference/cli/jupyter). */
const JUPYTER_DISPLAY = Symbol.for('Jupyter.display');

/**
 * Makes one picture of images, which a notebook shows when it is the value of a cell: in Jupyter with Deno's kernel and, as an `<img>`
 * element, in notebooks in the browser, such as Observable's.
 *
 * @throws RangeError if there are no images, they differ in size, or an option is not a whole number from 1
 */
export async function showImages(
  images: SampledImage | readonly SampledImage[],
  options: TileOptions = {},
): Promise<ShownImages> {
  const list = [images].flat();
  const png = await encodePng(tileImages(list, options));
  const base64 = btoa(Array.from(png, (byte) => String.fromCharCode(byte)).join(''));
  const alt = `${list.length} ${list.length === 1 ? 'image' : 'images'}`;
  const shown = { png, src: `data:image/png;base64,${base64}` };
  const { document } = globalThis as { document?: { createElement(name: 'img'): object } };
  if (document !== undefined) return Object.assign(document.createElement('img'), { ...shown, alt });
  return { ...shown, [JUPYTER_DISPLAY]: () => ({ 'image/png': base64, 'text/plain': alt }) } as ShownImages;
}
