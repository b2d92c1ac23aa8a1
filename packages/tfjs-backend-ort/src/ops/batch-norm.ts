import { mapBroadcast } from '../lower/elementwise.js';
import type { LoweredTensor } from '../lower/lowered-tensor.js';
import type { Kernel } from './kernel.js';

/** (x - mean) / sqrt(variance + epsilon) * scale + offset, with statistics per channel or per element. */
const batchNorm: Kernel = {
  name: 'FusedBatchNorm',
  inputs: ['x', 'mean', 'variance'],
  optional: ['scale', 'offset'],
  infer: ([x]) => ({ shape: x!.shape, dtype: 'float32' }),
  // tfjs broadcasts statistics of different shapes each in its own way.
  needsFallback: (inputs) =>
    inputs.some((input) => input.dtype !== 'float32') ||
    inputs.slice(2).some(({ shape }) => shape.join() !== inputs[1]!.shape.join()),
  lower: (b, inputs, { given, varianceEpsilon }, [out]) => {
    const [x, mean, variance] = inputs as [LoweredTensor, LoweredTensor, LoweredTensor];
    const optional = (name: string) => inputs[given.indexOf(name) + 3];
    const scale = given.includes('scale') ? optional('scale') : undefined;
    const offset = given.includes('offset') ? optional('offset') : undefined;
    const factors = mapBroadcast(b, scale ? [variance, scale] : [variance], variance.shape, ([value, factor]) => {
      const deviation = b.unary('Sqrt', b.binary('Add', value!, b.floats([varianceEpsilon ?? 0.001])));
      return factor ? b.binary('Div', factor, deviation) : b.unary('Reciprocal', deviation);
    });
    // The mean is subtracted first, because it may be much larger than the deviation.
    const operands = [x, mean, factors, ...(offset ? [offset] : [])];
    return mapBroadcast(b, operands, out!.shape, ([value, middle, factor, shift]) => {
      const scaled = b.binary('Mul', b.binary('Sub', value!, middle!), factor!);
      return shift ? b.binary('Add', scaled, shift) : scaled;
    });
  },
};

export const batchNormKernels: readonly Kernel[] = [batchNorm];
