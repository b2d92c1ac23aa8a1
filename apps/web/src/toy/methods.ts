import { needsOf, NetworkGenerator, type DistillationMethod, type Method } from '@onestep/diffusion-core';
import { eightGaussians, type MlpDenoiser } from '@onestep/diffusion-core/toy';
import { METHODS } from 'onestep';

/** The methods that the page shows: those with a preset for it that need nothing but a teacher. */
export const TOY_METHODS: readonly Method[] = METHODS.filter(
  (method) => method.presets.toy !== undefined && needsOf(method, toyOptions(method)).length === 0,
);

/** Begins a distillation of the toy. @param network initial weights, taken over */
export function createToy(method: Method, network: MlpDenoiser): DistillationMethod {
  const options = toyOptions(method);
  return method.create({
    teacher: eightGaussians(),
    fakeScore: network.clone(),
    generator: new NetworkGenerator(network, options.initSigma as number),
    options,
  });
}

function toyOptions(method: Method): Record<string, unknown> {
  return method.settle(method.presets.toy!.options);
}
