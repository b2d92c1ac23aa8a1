import * as tf from '@tensorflow/tfjs-core';
import { isDenoiser, isVelocityNetwork, type Conditions, type DenoiserNetwork } from '@onestep/diffusion-core';
import { openBfloat16 } from '#host';
import type { Bfloat16Compiler, CompiledDenoise } from './host/host.js';
import type { OpenedNetwork } from './open-network.js';

/** In which numbers a network computes. */
export type Precision = 'float32' | 'bfloat16';

/** Options of loading a network for sampling. */
export interface PrecisionOptions {
  /**
   * `bfloat16` lets OpenVINO evaluate the network, beside the engine `ort` in Node: faster on processors that multiply in
   * bfloat16, with errors of about a hundredth. Gradients, samplers and metrics stay in float32. Default: float32.
   */
  precision?: Precision;
}

/**
 * The network of a file in a precision.
 *
 * @throws RangeError if the network is no denoiser of one noise level, or the precision is not known; BackendError saying what to install,
 *   if bfloat16 does not work here
 */
export async function withPrecision(
  opened: OpenedNetwork,
  { precision = 'float32' }: PrecisionOptions,
): Promise<OpenedNetwork> {
  if (precision === 'float32') return opened;
  if (precision !== 'bfloat16') {
    throw new RangeError(`precision is '${String(precision)}', expected 'float32' or 'bfloat16'.`);
  }
  const { network, name } = opened;
  if (!isDenoiser(network)) throw new RangeError(`${name} is not a denoiser: leave the precision bfloat16 out.`);
  if (isVelocityNetwork(network)) {
    throw new RangeError(`${name} is sampled along its velocity, in float32 only: leave the precision bfloat16 out.`);
  }
  return { ...opened, network: inBfloat16(network, await openBfloat16()) };
}

/** The same network, whose `denoise` is compiled for each shape of its inputs. */
function inBfloat16(network: DenoiserNetwork, compiler: Bfloat16Compiler): DenoiserNetwork {
  const compiled = new Map<string, CompiledDenoise>();
  const denoise: DenoiserNetwork['denoise'] = (x, sigma, conditions = {}) => {
    const { labels, augmentLabels, rng } = conditions;
    // A compiled network has no gradients and no dropout.
    if (rng !== undefined || tf.engine().isTapeOn()) return network.denoise(x, sigma, conditions);
    const inputs: Record<string, tf.Tensor> = { x, sigma };
    if (labels !== undefined) inputs.labels = labels;
    if (augmentLabels !== undefined) inputs.augmentLabels = augmentLabels;
    const key = Object.entries(inputs)
      .map(([name, { shape }]) => `${name} ${shape}`)
      .join();
    let run = compiled.get(key);
    if (run === undefined) compiled.set(key, (run = compile(network, compiler, inputs)));
    return run(...Object.values(inputs)).denoised as tf.Tensor4D;
  };
  // Everything else is the network's own, on the network itself: a module finds its parameters among its own properties.
  return new Proxy(network, {
    get(target, name) {
      if (name === 'denoise') return denoise;
      const property: unknown = Reflect.get(target, name, target);
      return typeof property === 'function' ? (property.bind(target) as unknown) : property;
    },
  });
}

function compile(network: DenoiserNetwork, compiler: Bfloat16Compiler, inputs: tf.NamedTensorMap): CompiledDenoise {
  const conditionNames = Object.keys(inputs).slice(2);
  const evaluate = (x: tf.Tensor4D, sigma: tf.Tensor1D, ...others: tf.Tensor2D[]) => {
    const conditions: Conditions = Object.fromEntries(conditionNames.map((name, i) => [name, others[i]!]));
    return { denoised: network.denoise(x, sigma, conditions) };
  };
  return compiler(evaluate, inputs);
}
