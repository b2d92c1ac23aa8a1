import { addProducts } from './add-products';

/** Adds the 3x3 convolution of an image that has a pixel of zeros on each side. The width is a multiple of 4. */
export function convolve(padded: usize, weight: usize, out: usize, height: i32, width: i32, from: i32, to: i32): void {
  const inPixel = (<usize>from) << 2;
  const outPixel = (<usize>to) << 2;
  const inRow = (<usize>width + 2) * inPixel;
  for (let c: usize = 0; c < outPixel; c += 32) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x += 4) {
        const a = padded + <usize>y * inRow + <usize>x * inPixel;
        const at = out + <usize>(y * width + x) * outPixel + c;
        addProducts(a, inPixel, inRow, weight + c, outPixel, 3, 3 * from, at, outPixel);
      }
    }
  }
}

/**
 * Adds the transposed 3x3 convolution with stride 2 to an image of 2 height + 3 rows of 2 width + 3 pixels, from its second row and
 * column on. The width is a multiple of 4.
 */
export function convolveTransposed(
  x: usize,
  weight: usize,
  out: usize,
  height: i32,
  width: i32,
  from: i32,
  to: i32,
): void {
  const inPixel = (<usize>from) << 2;
  const outPixel = (<usize>to) << 2;
  const outWidth = 2 * width + 3;
  for (let c: usize = 0; c < outPixel; c += 32) {
    for (let tap = 0; tap < 9; tap++) {
      const b = weight + <usize>tap * <usize>from * outPixel + c;
      const first = out + <usize>((tap / 3 + 1) * outWidth + (tap % 3) + 1) * outPixel + c;
      for (let row = 0; row < height; row++) {
        for (let p = 0; p < width; p += 4) {
          const a = x + <usize>(row * width + p) * inPixel;
          const at = first + <usize>(2 * (row * outWidth + p)) * outPixel;
          addProducts(a, inPixel, 0, b, outPixel, 1, from, at, 2 * outPixel);
        }
      }
    }
  }
}
