import * as tf from '@tensorflow/tfjs-core';
import { CheckpointError, type StateDict } from '@onestep/checkpoint';
import { Module, type Parameter } from '@onestep/nn';
import { hasFeatures, isNetwork, type Conditions, type Denoiser, type DenoiserNetwork } from '../denoiser.js';
import type { Generator } from '../generator.js';
import { describeGenerator } from '../generators/generator-file.js';
import { isVelocityNetwork, type EndTimeOptions } from '../velocity-network.js';
import { takePart } from '../training/state-parts.js';
import { checkScale, GuidanceLabels } from './guidance-labels.js';
import { describeScale, isScaleRange } from './guidance-scale.js';
import { joinScales, splitScales } from './scale-rows.js';

/** A network with an input for the scale of guidance. */
export type ScaledNetwork<N extends DenoiserNetwork = DenoiserNetwork> = N & {
  /** The network without the input. */
  readonly unscaled: N;
  /** The input. */
  readonly scaleInput: GuidanceLabels;
};

/** A network's parameters under its own names, and those of the input under `guidance`, as in files. */
class ScaledModule extends Module {
  readonly network: Module;
  readonly guidance: GuidanceLabels;

  constructor(network: Module, guidance: GuidanceLabels) {
    super();
    this.network = network;
    this.guidance = guidance;
  }

  override namedParameters(): Map<string, Parameter> {
    return new Map([...this.namedLeaves()].filter(([, leaf]) => leaf.trainable));
  }

  override namedLeaves(): Map<string, Parameter> {
    const own = [...this.guidance.namedLeaves()].map(([name, leaf]) => [`guidance.${name}`, leaf] as const);
    return new Map([...this.network.namedLeaves(), ...own]);
  }
}

/** Whether a denoiser is a network with an input for the scale of guidance. */
export function takesScale(denoiser: Denoiser): denoiser is ScaledNetwork {
  return 'scaleInput' in denoiser;
}

/**
 * Gives a network an input for the scale of guidance. It takes rows of conditions, each a label and its scale, [N, labelDim + 1];
 * of labels alone, [N, labelDim], the scale is `scale`. A new input changes nothing: the network's images stay what they are.
 *
 * @param network which the result takes over
 * @param input which the result takes over
 * @param scale left out, the middle of the input's range
 */
export function withScaleInput<N extends DenoiserNetwork>(
  network: N,
  input: GuidanceLabels,
  scale: number = input.middle,
): ScaledNetwork<N> {
  const show = (x: tf.Tensor, conditions: Conditions = {}): Conditions => {
    const { labels, scales } = splitScales(conditions.labels, network.labelDim);
    const count = x.shape[0]!;
    const given = scales ?? (tf.fill([count], scale) as tf.Tensor1D);
    return { ...conditions, labels: input.forward(labels ?? tf.zeros([count, network.labelDim]), given) };
  };
  const own: Partial<Record<string, unknown>> = {
    unscaled: network,
    scaleInput: input,
    module: new ScaledModule(network.module, input),
    settings: describeGenerator(network.settings, { guidance: input.range }),
    roundSigma: (sigma: number) => network.roundSigma(sigma),
    denoise: (x: tf.Tensor4D, sigma: tf.Tensor1D, conditions?: Conditions) =>
      tf.tidy(() => network.denoise(x, sigma, show(x, conditions))),
    clone: () => withScaleInput(network.clone(), input.clone(), scale),
    ...(network.noiseEmbedding && { noiseEmbedding: (sigma: tf.Tensor1D) => network.noiseEmbedding!(sigma) }),
    ...(network.withEndTime && {
      withEndTime: (options: EndTimeOptions) => withScaleInput(network.withEndTime!(options), input.clone(), scale),
    }),
    ...(isVelocityNetwork(network) && {
      averageVelocity: (z: tf.Tensor4D, t: tf.Tensor1D, r: tf.Tensor1D, conditions?: Conditions) =>
        tf.tidy(() => network.averageVelocity(z, t, r, show(z, conditions))),
    }),
    ...(hasFeatures(network) && {
      features: (x: tf.Tensor4D, sigma: tf.Tensor1D, conditions: Conditions, names: readonly string[]) =>
        tf.tidy(() => network.features(x, sigma, show(x, conditions), names)),
      denoiseWithFeatures: (x: tf.Tensor4D, sigma: tf.Tensor1D, conditions: Conditions, names: readonly string[]) =>
        tf.tidy(() => network.denoiseWithFeatures(x, sigma, show(x, conditions), names)),
    }),
  };
  // Inherits everything else, so that the result is as much of a network as the one that it is made of.
  const members = Object.entries(own).map(([name, value]) => [name, { value, enumerable: true }]);
  return Object.create(network, Object.fromEntries(members) as PropertyDescriptorMap) as ScaledNetwork<N>;
}

/**
 * A network that sees scales with all of its labels.
 *
 * @param scales [N]
 */
export function atScales<D extends Denoiser>(denoiser: D, scales: tf.Tensor1D): D {
  const denoise: Denoiser['denoise'] = (x, sigma, conditions = {}) => {
    const labels = conditions.labels ?? tf.zeros([x.shape[0], denoiser.labelDim]);
    return denoiser.denoise(x, sigma, { ...conditions, labels: joinScales(labels, scales) });
  };
  return Object.create(denoiser, { denoise: { value: denoise } }) as D;
}

/**
 * The network of a generator's file, with its input for the scale of guidance where the file has one: the entry `guidance` of its
 * record is the range, and the tensors are under `guidance`.
 *
 * @param tensors of the file that are not the network's
 * @param file name of the file, for messages
 * @returns the network, and the tensors that are not the input's
 * @throws CheckpointError if the range and the tensors do not fit each other, or the network
 */
export function openScaleInput(
  network: DenoiserNetwork,
  { guidance: range }: Readonly<Record<string, unknown>>,
  tensors: StateDict,
  file: string,
): { network: DenoiserNetwork; rest: StateDict } {
  if (range === undefined || typeof range === 'number') return { network, rest: tensors };
  if (!isScaleRange(range)) {
    throw new CheckpointError(
      file,
      `its scales of guidance are ${JSON.stringify(range)}, not a number or a lower and a higher one`,
    );
  }
  const input = new GuidanceLabels(range, network.labelDim);
  try {
    input.loadStateDict(takePart(tensors, 'guidance'));
  } catch (error) {
    input.dispose();
    throw new CheckpointError(file, `its input for guidance is damaged: ${(error as Error).message}`, { cause: error });
  }
  const rest = Object.entries(tensors).filter(([name]) => !name.startsWith('guidance.'));
  return { network: withScaleInput(network, input), rest: Object.fromEntries(rest) };
}

/** A generator whose input for the scale is not its network's. */
export interface ScaledGenerator extends Generator {
  /** The scales that it takes, from the lowest to the highest; null for none. */
  readonly guidanceRange: readonly [low: number, high: number] | null;
  /** The same generator, with the same weights, at another scale. @throws RangeError if it was not trained with this one */
  atScale(scale: number): this;
}

const hasOwnScale = (generator: Generator): generator is ScaledGenerator => 'guidanceRange' in generator;

/** The scales of guidance that a generator takes, from the lowest to the highest; null where it has no input for them. */
export function guidanceRangeOf(generator: Generator): readonly [low: number, high: number] | null {
  if (hasOwnScale(generator)) return generator.guidanceRange;
  return scaledNetworkOf(generator)?.scaleInput.range ?? null;
}

/**
 * The same generator, with the same weights, at another scale of guidance.
 *
 * @throws RangeError if it has no input for the scale, or was not trained with this one
 */
export function chooseScale<G extends Generator>(generator: G, scale: number): G {
  if (hasOwnScale(generator)) return generator.atScale(scale);
  const network = scaledNetworkOf(generator);
  if (network === undefined) {
    throw new RangeError(`This generator has no input for guidance: leave the scale of ${scale} out.`);
  }
  const { unscaled, scaleInput } = network;
  checkScale(scale, scaleInput.range);
  const value = withScaleInput(unscaled, scaleInput, scale);
  // A generator that is made of a denoiser has it under these two names.
  return Object.create(generator, { network: { value }, denoiser: { value } }) as G;
}

/**
 * Checks that a generator that is trained further takes the scales that a method draws.
 *
 * @param range of the scales; left out, this training draws none, and null, its method has no guidance
 * @throws RangeError if it does not
 */
export function checkScaleInput(generator: Generator, range?: readonly [low: number, high: number] | null): void {
  const own = guidanceRangeOf(generator);
  if (own?.join() === range?.join()) return;
  if (own !== null && !range) {
    const wayOut = range === null ? '' : 'pass the range as guidance, or ';
    throw new RangeError(
      `This generator takes scales of guidance from ${describeScale(own)}, and this training has none: ${wayOut}begin with ` +
        'another generator.',
    );
  }
  if (own !== null) {
    throw new RangeError(`The student was trained with guidance from ${describeScale(own)}: pass the same range.`);
  }
  throw new RangeError(
    `This generator has no input for guidance, and guidance has the range from ${describeScale(range!)}: choose one scale, or ` +
      'leave the generator out, to train a copy of the teacher.',
  );
}

function scaledNetworkOf(generator: Generator): ScaledNetwork | undefined {
  const { network } = generator as { network?: Denoiser };
  return network !== undefined && isNetwork(network) && takesScale(network) ? network : undefined;
}
