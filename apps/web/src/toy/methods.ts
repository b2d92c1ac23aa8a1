import {
  needsOf,
  NetworkGenerator,
  PairsInMemory,
  samplePairs,
  shufflePairs,
  type DistillationMethod,
  type Method,
  type MethodNeed,
} from '@onestep/diffusion-core';
import { eightGaussians, pointBatches, type MlpDenoiser } from '@onestep/diffusion-core/toy';
import { METHODS } from 'onestep';

/** A method as the page offers it. A method with several presets for it is offered as often. */
export interface ToyMethod {
  /** Name in addresses: that of the method, then what its preset adds. */
  name: string;
  method: Method;
  /** Complete. */
  options: Record<string, unknown>;
  /** What it learns from besides the teacher. */
  needs: readonly MethodNeed[];
}

/** Pairs of noise and the teacher's point, for a method that learns them. */
const PAIRS = 4096;

/** The methods that the page shows: those with a preset `toy`, or one that begins with it, such as `toy-gan`. */
export const TOY_METHODS: readonly ToyMethod[] = METHODS.flatMap((method) =>
  Object.entries(method.presets)
    .filter(([preset]) => /^toy(-|$)/.test(preset))
    .map(([preset, { options: given }]) => {
      const options = method.settle(given);
      return { name: preset.replace('toy', method.name), method, options, needs: needsOf(method, options) };
    }),
);

/** Begins a distillation of the toy. @param network initial weights, taken over */
export async function createToy(
  { method, options, needs }: ToyMethod,
  network: MlpDenoiser,
): Promise<DistillationMethod> {
  const teacher = eightGaussians();
  const pairs = needs.includes('pairs') ? await pairsOf(teacher) : undefined;
  return method.create({
    teacher,
    fakeScore: network.clone(),
    generator: new NetworkGenerator(network, options.initSigma as number),
    data: needs.includes('images') ? pointBatches(options.batch as number, 0) : undefined,
    pairs,
    options,
  });
}

/** Pairs from the ends of the teacher's paths. */
async function pairsOf(teacher: ReturnType<typeof eightGaussians>) {
  const pairs = await samplePairs({ denoiser: teacher, seeds: Array.from({ length: PAIRS }, (_, seed) => seed) });
  return shufflePairs(new PairsInMemory(pairs, teacher), 0);
}
