import { composeColorMap, grayPart } from '@onestep/diffusion-core';
import type { AugmentParameters } from './augment-parameters.js';
import type { AugmentSettings } from './augment-settings.js';

/**
 * Adjusts the colors of an image. A gray image gets the mean over the three channels of a gray color.
 *
 * @param image HWC; changed in place
 */
export function adjustColors(
  image: Float32Array,
  channels: number,
  parameters: AugmentParameters,
  settings: AugmentSettings,
): void {
  const { brightness, contrast, lumaflip, hue, saturation } = parameters;
  if (brightness === 0 && contrast === 0 && lumaflip === 0 && hue === 0 && saturation === 0) return;
  const map = composeColorMap({
    brightness: brightness * settings.brightnessStd,
    contrast: 2 ** (contrast * settings.contrastStd),
    lumaflip: lumaflip === 1,
    hue,
    saturation: 2 ** (saturation * settings.saturationStd),
  });
  if (channels === 1) {
    const { factor, offset } = grayPart(map);
    for (let i = 0; i < image.length; i++) image[i] = factor * image[i]! + offset;
    return;
  }
  for (let i = 0; i < image.length; i += 3) {
    const [r, g, b] = [image[i]!, image[i + 1]!, image[i + 2]!];
    map.forEach((row, j) => (image[i + j] = row[0]! * r + row[1]! * g + row[2]! * b + row[3]!));
  }
}
