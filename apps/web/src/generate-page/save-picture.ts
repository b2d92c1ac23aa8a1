import { announce } from '../page/announce.js';
import { savePng } from '../page/paint.js';

/** Side of a saved picture in pixels, or the multiple of its own side that is nearest. */
const SAVED_SIDE = 512;

/**
 * Saves a picture as a PNG file.
 *
 * @param name of what it shows, in words
 * @param seed null while it is being typed
 */
export async function savePicture(picture: HTMLCanvasElement, name: string, seed: number | null): Promise<void> {
  const words = name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}.]+/gu, '-')
    .replace(/^-|-$/g, '');
  const factor = Math.max(1, Math.round(SAVED_SIDE / picture.width));
  const file = seed === null ? `${words}.png` : `${words}-seed-${seed}.png`;
  await savePng(picture, factor, file);
  announce(`Saved as ${file}.`);
}
