import { toUint8 } from '@onestep/diffusion-core';

/** What {@link paint} has to know of an image. */
export interface Raster {
  size: number;
  channels: number;
}

/** Draws an image of [H, W, C] values in [-1, 1] on a canvas, pixel for pixel; CSS makes it larger. */
export function paint(canvas: HTMLCanvasElement, values: Float32Array, { size, channels }: Raster): void {
  const bytes = toUint8(values);
  const image = new ImageData(size, size);
  for (let i = 0; i < size * size; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = bytes[i * channels + Math.min(c, channels - 1)]!;
    image.data[4 * i + 3] = 255;
  }
  canvas.width = size;
  canvas.height = size;
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}

/** Noise as a picture: two standard deviations are black and white. */
export function paintNoise(canvas: HTMLCanvasElement, latent: Float32Array, raster: Raster): void {
  paint(
    canvas,
    latent.map((value) => value / 2),
    raster,
  );
}

/** Numbers of no place, such as the latent of a GAN, as a square of pixels: two standard deviations are black and white. */
export function paintNumbers(canvas: HTMLCanvasElement, numbers: Float32Array): void {
  const size = Math.ceil(Math.sqrt(numbers.length));
  const square = new Float32Array(size * size);
  square.set(numbers);
  paintNoise(canvas, square, { size, channels: 1 });
}

/** Empties a canvas. */
export function clear(canvas: HTMLCanvasElement): void {
  canvas.getContext('2d')!.clearRect(0, 0, canvas.width, canvas.height);
}

/** Saves what a canvas shows as a PNG file, `factor` times as large, with sharp pixels. */
export async function savePng(canvas: HTMLCanvasElement, factor: number, name: string): Promise<void> {
  const large = document.createElement('canvas');
  large.width = canvas.width * factor;
  large.height = canvas.height * factor;
  const context = large.getContext('2d')!;
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  const blob = await new Promise<Blob | null>((resolve) => large.toBlob(resolve, 'image/png'));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob!);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
