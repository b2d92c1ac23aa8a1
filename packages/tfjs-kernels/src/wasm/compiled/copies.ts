import * as tf from '@tensorflow/tfjs-core';
import { registerCompiledKernel } from './compiled-kernel.js';

/** The product of the dimensions before `axis`, and from it on. */
function split(shape: readonly number[], axis: number): [before: number, from: number] {
  return [tf.util.sizeFromShape(shape.slice(0, axis)), tf.util.sizeFromShape(shape.slice(axis))];
}

const isOfFourBytes = ({ dtype }: tf.TensorInfo) => dtype === 'float32' || dtype === 'int32';

/**
 * Replaces concatenation and unpacking, for which the engine makes a view of an array for every contiguous stretch, and repetition along
 * one axis, for which it computes the place of every number.
 */
export function registerCopies(): void {
  registerCompiledKernel({
    name: 'Concat',
    run(inputs: tf.TensorInfo[], attrs: { axis: number }, { kernels, address, output }) {
      const axis = tf.util.parseAxisParam(attrs.axis, inputs[0]!.shape)[0]!;
      if (!inputs.every((x) => isOfFourBytes(x) && x.dtype === inputs[0]!.dtype)) return null;
      const shapes = inputs.map((x) => x.shape);
      tf.backend_util.assertParamsConsistent(shapes, axis);
      const out = output(tf.backend_util.computeOutShape(shapes, axis), inputs[0]!.dtype);
      const [count, step] = split(out.shape, axis);
      let to = address(out);
      for (const x of inputs) {
        const [, length] = split(x.shape, axis);
        kernels.copyStretches(address(x), length, to, step, count, length);
        to += 4 * length;
      }
      return out;
    },
  });
  registerCompiledKernel({
    name: 'Unpack',
    run({ value }: { value: tf.TensorInfo }, attrs: { axis: number }, { kernels, address, output }) {
      if (!isOfFourBytes(value)) return null;
      const axis = tf.util.parseAxisParam(attrs.axis, value.shape)[0]!;
      const [count, step] = split(value.shape, axis);
      const length = step / value.shape[axis]!;
      return Array.from({ length: value.shape[axis]! }, (_, i) => {
        const out = output(
          value.shape.filter((_, d) => d !== axis),
          value.dtype,
        );
        kernels.copyStretches(address(value) + 4 * i * length, step, address(out), length, count, length);
        return out;
      });
    },
  });
  registerCompiledKernel({
    name: 'Tile',
    run({ x }: { x: tf.TensorInfo }, { reps }: { reps: number[] }, { kernels, address, output }) {
      const axis = Math.max(
        reps.findIndex((times) => times !== 1),
        0,
      );
      if (!isOfFourBytes(x) || reps.length === 0 || reps.slice(axis + 1).some((times) => times !== 1)) return null;
      const out = output(
        x.shape.map((size, d) => size * reps[d]!),
        x.dtype,
      );
      const [count, length] = split(x.shape, axis);
      const times = reps[axis]!;
      for (let i = 0; i < times; i++) {
        kernels.copyStretches(address(x), length, address(out) + 4 * i * length, times * length, count, length);
      }
      return out;
    },
  });
}
