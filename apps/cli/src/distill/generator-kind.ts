import type { Generator, TrainableGenerator } from '@onestep/diffusion-core';

/** The kind of a generator with latents of its own, as its file says: `stylegan2`, `pixels`. */
export function generatorKind(generator: Generator): string {
  const { settings = {} } = generator as Partial<TrainableGenerator>;
  const { type } = Object(settings.model) as { type?: unknown };
  return typeof type === 'string' ? type : 'generator';
}
