import { ADM, DDPMPP, NCSNPP, type PartialNetworkSettings } from '@onestep/edm';

/** Work whose memory is measured. */
export interface Configuration {
  name: string;
  settings: PartialNetworkSettings;
  /** `train`, `sample`, or the name of a distillation method. */
  work: string;
  batch: number;
  batchGpu?: number;
}

const image = { imgResolution: 32, imgChannels: 3 };
const small = { ...image, model: { ...DDPMPP, modelChannels: 32, channelMult: [1, 2, 2], numBlocks: 2 } };
const narrow = {
  ...image,
  imgResolution: 16,
  model: { ...DDPMPP, modelChannels: 32, channelMult: [2, 2], numBlocks: 2, attnResolutions: [8] },
};
const adm = {
  ...image,
  model: { ...ADM, modelChannels: 64, channelMult: [1, 2, 2], numBlocks: 1, attnResolutions: [16, 8] },
};
const ncsnpp = { ...image, model: { ...NCSNPP, modelChannels: 32, channelMult: [1, 2, 2], numBlocks: 2 } };
const published = { ...image, model: { ...DDPMPP, augmentDim: 9 } };

/** Small and large networks and batches, every kind of work. */
export const CONFIGURATIONS: readonly Configuration[] = [
  { name: 'DDPM++, 32 channels, training', settings: small, work: 'train', batch: 4 },
  { name: 'DDPM++, 32 channels, training', settings: small, work: 'train', batch: 64 },
  { name: 'the same in micro-batches of 16', settings: small, work: 'train', batch: 64, batchGpu: 16 },
  { name: 'ADM, 64 channels, training', settings: adm, work: 'train', batch: 16 },
  { name: 'NCSN++, 32 channels, training', settings: ncsnpp, work: 'train', batch: 32 },
  { name: 'DDPM++, 128 channels, training', settings: published, work: 'train', batch: 2 },
  { name: 'DDPM++, 32 channels, SiD', settings: small, work: 'sid', batch: 32 },
  { name: 'DDPM++, 32 channels, Diff-Instruct', settings: small, work: 'diff-instruct', batch: 32 },
  { name: 'DDPM++, 32 channels, BOOT', settings: small, work: 'boot', batch: 32 },
  { name: 'DDPM++, 16x16, SiD', settings: narrow, work: 'sid', batch: 64 },
  { name: 'DDPM++, 128 channels, sampling', settings: published, work: 'sample', batch: 16 },
  { name: 'DDPM++, 32 channels, sampling', settings: small, work: 'sample', batch: 256 },
];
