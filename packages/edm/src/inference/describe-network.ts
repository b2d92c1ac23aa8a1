import type { NetworkSettings } from '../network-settings.js';

/** Describes a network in a few words: `DDPM++ for 32x32x3 images, 128 channels, 10 classes`. */
export function describeNetwork({ imgResolution, imgChannels, labelDim, model }: NetworkSettings): string {
  const architecture =
    model.modelType === 'DhariwalUNet' ? 'ADM' : model.embeddingType === 'fourier' ? 'NCSN++' : 'DDPM++';
  const images = `${imgResolution}x${imgResolution}x${imgChannels} images`;
  const labels = labelDim === 0 ? 'unconditional' : `${labelDim} classes`;
  return `${architecture} for ${images}, ${model.modelChannels} channels, ${labels}`;
}
