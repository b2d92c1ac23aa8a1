import type { GanRecipe } from './gan-recipe.js';

/** Values that the published train.py leaves out of its options. */
const PUBLISHED_DEFAULTS = { plWeight: 2, styleMixingProb: 0.9, adaKimg: 500 };

/**
 * Describes a training under the names of the published training_options.json, for tools that read that file. `num_fp16_res` is 0,
 * since weights and activations are float32 here.
 *
 * @param processes number of processes, which stands for that of GPUs
 */
export function publishedTrainingOptions(
  { generator, discriminator, training, augmentation, kimg }: GanRecipe,
  processes: number,
): Record<string, unknown> {
  const { r1Gamma, plWeight, styleMixingProb, augmentP, adaTarget, adaKimg, freezeLayers } = training;
  const isOther = (name: keyof typeof PUBLISHED_DEFAULTS) => training[name] !== PUBLISHED_DEFAULTS[name];
  const adam = (lr: number) => ({
    class_name: 'torch.optim.Adam',
    lr,
    betas: [training.beta1, training.beta2],
    eps: 1e-8,
  });
  const channels = (network: GanRecipe['generator'] | GanRecipe['discriminator']) => ({
    channel_base: network.channelBase,
    channel_max: network.channelMax,
    num_fp16_res: 0,
    conv_clamp: network.convClamp,
  });
  return {
    num_gpus: processes,
    G_kwargs: {
      class_name: 'training.networks.Generator',
      z_dim: generator.zDim,
      w_dim: generator.wDim,
      mapping_kwargs: { num_layers: generator.mapping.numLayers },
      synthesis_kwargs: channels(generator),
    },
    D_kwargs: {
      class_name: 'training.networks.Discriminator',
      block_kwargs: freezeLayers > 0 ? { freeze_layers: freezeLayers } : {},
      mapping_kwargs: {},
      epilogue_kwargs: { mbstd_group_size: discriminator.mbstdGroupSize },
      ...channels(discriminator),
      ...(discriminator.architecture === 'resnet' ? {} : { architecture: discriminator.architecture }),
    },
    G_opt_kwargs: adam(training.glr),
    D_opt_kwargs: adam(training.dlr),
    loss_kwargs: {
      class_name: 'training.loss.StyleGAN2Loss',
      r1_gamma: r1Gamma,
      ...(isOther('plWeight') ? { pl_weight: plWeight } : {}),
      ...(isOther('styleMixingProb') ? { style_mixing_prob: styleMixingProb } : {}),
    },
    total_kimg: kimg,
    batch_size: training.batch,
    batch_gpu: training.batchGpu,
    ema_kimg: training.emaHalfLifeKimg,
    ema_rampup: training.emaRampUpRatio,
    ...(adaTarget === null ? {} : { ada_target: adaTarget }),
    ...(augmentP > 0 ? { augment_p: augmentP } : {}),
    ...(augmentation === null
      ? {}
      : { augment_kwargs: { class_name: 'training.augment.AugmentPipe', ...augmentation } }),
    ...(isOther('adaKimg') ? { ada_kimg: adaKimg } : {}),
  };
}
