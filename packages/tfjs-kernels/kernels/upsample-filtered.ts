/** The pixels of each image are `channels` numbers; the filter has `length` rows of as many taps. */
export function upsampleFiltered(
  x: usize,
  taps: usize,
  out: usize,
  images: i32,
  height: i32,
  width: i32,
  channels: i32,
  length: i32,
  padding: i32,
): void {
  const outHeight = 2 * height - 2 + length - 2 * padding;
  const outWidth = 2 * width - 2 + length - 2 * padding;
  for (let n = 0; n < images; n++) {
    for (let y = padding; y < outHeight + padding; y++) {
      for (let p = padding; p < outWidth + padding; p++) {
        for (let c = 0; c < channels; c++) {
          let sum: f32 = 0;
          // Row k of the filter meets row (y - k) / 2 of the image.
          for (let k = y & 1; k < length; k += 2) {
            const row = (y - k) >> 1;
            if (<u32>row >= <u32>height) continue;
            for (let l = p & 1; l < length; l += 2) {
              const column = (p - l) >> 1;
              if (<u32>column >= <u32>width) continue;
              const value = load<f32>(x + ((<usize>((row * width + column) * channels + c)) << 2));
              sum += value * load<f32>(taps + ((<usize>(k * length + l)) << 2));
            }
          }
          store<f32>(out, 4 * sum);
          out += 4;
        }
      }
    }
    x += (<usize>(height * width * channels)) << 2;
  }
}
