import type { PresetValues } from '../options/preset.js';

/**
 * Settings of `onestep edm train` for options that are not given. The defaults are those of the published script, which
 * trained for days on eight GPUs.
 *
 * `small` is for one machine without a GPU and some thousand pictures. It is the network of the Fashion-MNIST teacher that
 * comes with the program, with twice the channels for pictures in color: 3 million parameters in place of 56 million. Its
 * batch, learning rate and average are that teacher's, which reached a FID of 0.2 within 0.9 million images. The learning
 * rate is full after 10,000 images in place of 10 million, and the average forgets after 50,000 in place of half a million,
 * because the training ends after one million.
 */
export const EDM_PRESETS: Readonly<Record<string, PresetValues>> = {
  small: {
    cbase: 32,
    cres: [1, 1, 2, 4],
    blocks: 1,
    attn: [8],
    batch: 64,
    lr: 2e-3,
    lrRamp: 10,
    ema: 0.05,
    dropout: 0.05,
    duration: 1,
    tick: 5,
    snap: 10,
    dump: 1,
  },
};
