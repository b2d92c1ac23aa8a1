import { ADM, DDPMPP, NCSNPP, type PartialNetworkSettings } from '@onestep/edm';

/** Work whose memory is measured. */
export interface Configuration {
  name: string;
  settings: PartialNetworkSettings;
  /** `train`, `sample`, or the name of a distillation method. */
  work: string;
  batch: number;
  batchGpu?: number;
  /** Further options of a method. */
  options?: Readonly<Record<string, unknown>>;
  /** Steps until every phase has run. Left out, 2. */
  steps?: number;
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

/** SiDA, which first trains its discriminator alone. */
const sida = { work: 'sida', options: { studentFromKimg: 0.02, ganFromKimg: 0.02 }, steps: 4 };
/** DMD2, with a student that learns in every second iteration. */
const dmd2 = (options: object) => ({ work: 'dmd2', options: { dfakeGenUpdateRatio: 2, ...options }, steps: 4 });
/** In the form of FastGen, in which the discriminator reads three maps of the teacher. */
const fastgen = dmd2({ features: 'teacher', maps: 3, shareNoise: true, exclusiveTurns: true, fakeLabels: 'real' });

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
  { name: 'DDPM++, 32 channels, SIM', settings: small, work: 'sim', batch: 32 },
  { name: 'DDPM++, 32 channels, FGM', settings: small, work: 'fgm', batch: 32 },
  { name: 'DDPM++, 32 channels, Uni-Instruct', settings: small, batch: 32, ...sida, work: 'uni-instruct' },
  { name: 'DDPM++, 32 channels, SiDA', settings: small, batch: 32, ...sida },
  { name: 'DDPM++, 32 channels, DMD2', settings: small, batch: 32, ...dmd2({}) },
  {
    name: 'the same, with a student that learns in every iteration',
    settings: small,
    batch: 32,
    ...dmd2({ dfakeGenUpdateRatio: 1 }),
  },
  { name: 'DDPM++, 32 channels, DMD2 without a discriminator', settings: small, batch: 32, ...dmd2({ gan: 0 }) },
  { name: 'DDPM++, 32 channels, DMD2 of FastGen', settings: small, batch: 32, ...fastgen },
  { name: 'DDPM++, 32 channels, f-distill', settings: small, batch: 32, ...dmd2({}), work: 'f-distill' },
  { name: 'DDPM++, 32 channels, ECT', settings: small, work: 'ect', batch: 32 },
  { name: 'DDPM++, 32 channels, TCM', settings: small, work: 'tcm', batch: 32, options: { firstStageKimg: 0 } },
  { name: 'DDPM++, 32 channels, TRACT', settings: small, work: 'tract', batch: 32 },
  { name: 'DDPM++, 32 channels, PD', settings: small, work: 'pd', batch: 32 },
  { name: 'DDPM++, 32 channels, KD', settings: small, work: 'kd', batch: 32 },
  { name: 'DDPM++, 32 channels, CD', settings: small, work: 'cd', batch: 32 },
  { name: 'DDPM++, 32 channels, iCT', settings: small, work: 'ict', batch: 32 },
  { name: 'DDPM++, 32 channels, sCM', settings: small, work: 'scm', batch: 32, options: { jvp: 'exact' } },
  {
    name: 'DDPM++, 32 channels, sCM by differences',
    settings: small,
    work: 'scm',
    batch: 32,
    options: { jvp: 'differences' },
  },
  { name: 'DDPM++, 32 channels, MeanFlow', settings: small, work: 'mean-flow', batch: 32, options: { jvp: 'exact' } },
  { name: 'DDPM++, 128 channels, DMD2 of FastGen', settings: published, batch: 2, ...fastgen },
  { name: 'DDPM++, 16x16, SiD', settings: narrow, work: 'sid', batch: 64 },
  { name: 'DDPM++, 128 channels, sampling', settings: published, work: 'sample', batch: 16 },
  { name: 'DDPM++, 32 channels, sampling', settings: small, work: 'sample', batch: 256 },
];
