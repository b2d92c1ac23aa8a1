import { addProducts } from './add-products';
import { BLOCK } from './weight-blocks';

/**
 * Adds the 3x3 convolution of an image that has a pixel of zeros on each side. The width is a multiple of 4.
 *
 * @param blockStep from 8 columns of the weights to the next ones, in bytes
 * @param rowStep from a row of the weights to the next one, in bytes
 */
export function convolve(
  padded: usize,
  weight: usize,
  blockStep: usize,
  rowStep: usize,
  out: usize,
  height: i32,
  width: i32,
  from: i32,
  to: i32,
): void {
  const inPixel = (<usize>from) << 2;
  const outPixel = (<usize>to) << 2;
  const inRow = (<usize>width + 2) * inPixel;
  for (let c: usize = 0; c < outPixel; c += BLOCK) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x += 4) {
        const a = padded + <usize>y * inRow + <usize>x * inPixel;
        const at = out + <usize>(y * width + x) * outPixel + c;
        addProducts(a, inPixel, inRow, weight, rowStep, 3, 3 * from, at, outPixel);
      }
    }
    weight += blockStep;
  }
}

/**
 * Adds the transposed 3x3 convolution with stride 2 to an image of 2 height + 3 rows of 2 width + 3 pixels, from its second row and
 * column on. The other numbers are those of {@link convolve}.
 */
export function convolveTransposed(
  x: usize,
  weight: usize,
  blockStep: usize,
  rowStep: usize,
  out: usize,
  height: i32,
  width: i32,
  from: i32,
  to: i32,
): void {
  const inPixel = (<usize>from) << 2;
  const outPixel = (<usize>to) << 2;
  const outWidth = 2 * width + 3;
  for (let c: usize = 0; c < outPixel; c += BLOCK) {
    for (let tap = 0; tap < 9; tap++) {
      const b = weight + <usize>(tap * from) * rowStep;
      const first = out + <usize>((tap / 3 + 1) * outWidth + (tap % 3) + 1) * outPixel + c;
      for (let row = 0; row < height; row++) {
        for (let p = 0; p < width; p += 4) {
          const a = x + <usize>(row * width + p) * inPixel;
          const at = first + <usize>(2 * (row * outWidth + p)) * outPixel;
          addProducts(a, inPixel, 0, b, rowStep, 1, from, at, 2 * outPixel);
        }
      }
    }
    weight += blockStep;
  }
}
