import * as tf from '@tensorflow/tfjs-core';
import { replaceKernel } from '../replace-kernel.js';
import { constantVector, executeOperation, type NodeBackend } from './node-backend.js';

/**
 * Replaces the kernels that a training step calls most often by ones that upload their shape or axes once, and not in every
 * call: that costs more than a reshape.
 */
export function registerCachedShapes(): void {
  replaceKernel('Reshape', 'tensorflow', (original) => (args) => {
    const x = args.inputs.x!;
    if (x.dtype === 'string') return original(args);
    const backend = args.backend as NodeBackend;
    const { shape } = args.attrs as unknown as { shape: number[] };
    return executeOperation(backend, 'Reshape', [x, constantVector(backend, shape)], { T: x.dtype, Tshape: 'int32' });
  });
  replaceKernel('Sum', 'tensorflow', (original) => (args) => {
    const x = args.inputs.x!;
    if (x.dtype !== 'float32') return original(args);
    const backend = args.backend as NodeBackend;
    const { axis, keepDims } = args.attrs as unknown as { axis: number | number[]; keepDims: boolean };
    const axes = constantVector(backend, tf.util.parseAxisParam(axis, x.shape));
    return executeOperation(backend, 'Sum', [x, axes], { T: x.dtype, Tidx: 'int32' }, { keep_dims: keepDims });
  });
}
