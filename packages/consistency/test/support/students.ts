import type { DistillationMethod, Method } from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import type { Module } from '@onestep/nn';
import { Rng } from '@onestep/random';
import { RandomImages } from '../../../../test-support/given-data.js';

/** A small network for images of one pixel with two channels. */
export const network = (seed = 1) =>
  new MlpDenoiser({ imgResolution: 1, imgChannels: 2, hidden: 8, sigmaData: 0.5 }, new Rng(seed));

/** A training of a copy of {@link network} on random images, in batches of 4. */
export function startStudent<D extends DistillationMethod>(
  method: Method<never, D> | { create(args: never): D },
  options: object,
): D {
  const teacher = network();
  const args = { teacher, data: new RandomImages(teacher, 4), options: { batch: 4, lr: 1e-2, ...options } };
  return method.create(args as never);
}

/** Statistics of the steps `from` to `to`. */
export async function steps(run: DistillationMethod, from: number, to: number) {
  const stats = [];
  for (let i = from; i < to; i++) stats.push(await run.step(i * run.batchSize));
  return stats;
}

/** All weights of a module. */
export async function weightsOf(module: Module): Promise<number[]> {
  return Object.values(await module.stateDict()).flatMap(({ data }) => Array.from(data as Float32Array));
}

/** The state as it comes back from a file. */
export async function savedState(run: DistillationMethod) {
  const { tensors, values } = await run.state();
  return { tensors, values: JSON.parse(JSON.stringify(values)) as typeof values };
}
