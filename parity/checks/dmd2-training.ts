import { dmd2, type Dmd2Options } from '@onestep/dmd2';
import type { Check, FixtureFile } from '../check.js';
import { entry } from './distribution-matching-draws.js';
import { compareDistributionMatching } from './distribution-matching-training.js';

/** Some iterations of DMD2: of the official code, or of FastGen. */
export const dmd2Training: Check = {
  name: 'dmd2',
  recognizes: ({ metadata }) => metadata.method === 'dmd2-official' || metadata.method === 'dmd2-fastgen',
  compare: (file) => (file.metadata.method === 'dmd2-official' ? compareOfficial(file) : compareFastgen(file)),
};

/** Options that every file states. */
export function statedOptions(file: FixtureFile) {
  const number = (name: string) => entry<number>(file, name);
  const [beta1] = entry<[number]>(file, 'betas');
  return {
    gan: number('loss_weight_gan_generator'),
    clsLossWeight: number('loss_weight_gan_discriminator'),
    minStep: number('min_step'),
    maxStep: number('max_step'),
    dfakeGenUpdateRatio: number('generator_every'),
    weightDecay: number('weight_decay'),
    batch: number('batch'),
    lr: number('lr_score'),
    glr: number('lr_generator'),
    initSigma: number('sigma_generator'),
    beta1,
    gBeta1: beta1,
  } satisfies Partial<Dmd2Options>;
}

/** Options of FastGen's files. */
export function fastgenOptions(file: FixtureFile) {
  const number = (name: string) => entry<number>(file, name);
  return {
    ...statedOptions(file),
    fakeMinStep: number('min_step'),
    fakeMaxStep: number('max_step'),
    maps: entry<number[]>(file, 'head_features').length,
    headLr: number('lr_head'),
    clipGradNorm: number('max_grad_norm_generator'),
    ganR1RegWeight: number('r1_weight'),
    ganR1RegAlpha: number('r1_alpha'),
    ganUseSameTNoise: entry<boolean>(file, 'gan_use_same_t_noise'),
    emaMu: number('ema_beta'),
  } satisfies Partial<Dmd2Options>;
}

function compareOfficial(file: FixtureFile) {
  const options = dmd2.settle({
    ...statedOptions(file),
    diffusionGan: entry<boolean>(file, 'diffusion_gan'),
    clipGradNorm: entry<number>(file, 'max_grad_norm'),
    warmupStep: entry<number>(file, 'warmup_steps'),
  });
  return compareDistributionMatching(file, {
    form: 'official',
    options,
    create: (teacher, data) => dmd2.create({ teacher, data, options }),
    losses: (stats) => ({
      score_loss: stats.loss_fake_mean,
      discriminator_loss: stats.guidance_cls_loss,
      dm_loss: stats.loss_dm,
      generator_gan_loss: stats.gen_cls_loss,
    }),
  });
}

function compareFastgen(file: FixtureFile) {
  const preset = dmd2.presets['fastgen-cifar10-cond']!;
  const options = dmd2.settle({ ...preset.options, ...fastgenOptions(file) });
  return compareDistributionMatching(file, {
    form: 'fastgen',
    options,
    create: (teacher, data) => dmd2.create({ teacher, data, options }),
    losses: (stats) => fastgenLosses(stats, 'vsd_loss', options),
  });
}

/** FastGen's losses, by its names. */
export function fastgenLosses(
  { loss_fake_mean, guidance_cls_loss, loss_dm, gen_cls_loss }: Readonly<Record<string, number>>,
  scoreLoss: string,
  { gan }: Pick<Dmd2Options, 'gan'>,
) {
  // The discriminator's loss has the weight 1, and a phase without the student no other.
  const total = loss_dm === undefined ? loss_fake_mean! + guidance_cls_loss! : loss_dm + gan * gen_cls_loss!;
  return {
    score_loss: loss_fake_mean,
    discriminator_loss: guidance_cls_loss,
    [scoreLoss]: loss_dm,
    generator_gan_loss: gen_cls_loss,
    total_loss: total,
  };
}
