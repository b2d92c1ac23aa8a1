import * as tf from '@tensorflow/tfjs-core';
import type { GroupNormAttrs } from '../../group-norm-attrs.js';
import { registerComposedKernel } from '../composed-kernel.js';
import { registerCompiledKernel } from './compiled-kernel.js';

/** Registers GroupNorm (with SiLU) in three passes over the image, and SiLU in one. */
export function registerFusedKernels(): void {
  registerCompiledKernel({
    name: 'GroupNorm',
    run({ x, gamma, beta }: Record<string, tf.TensorInfo>, { groups, epsilon, silu }: GroupNormAttrs, workbench) {
      const [n, h, w, c] = x!.shape as [number, number, number, number];
      if (c % 4 !== 0) return null;
      const out = workbench.output(x!.shape);
      const [from, to, scale, shift] = [x!, out, gamma!, beta!].map((tensor) => workbench.address(tensor));
      workbench.withScratch(2 * c, (scratch) =>
        workbench.kernels.groupNorm(from!, to!, scale!, shift!, n, h * w, c, groups, epsilon, Number(silu), scratch),
      );
      return out;
    },
  });
  registerComposedKernel({ name: 'Silu', run: ({ x }: { x: tf.Tensor }) => tf.mul(x, tf.sigmoid(x)) });
  registerCompiledKernel({
    name: 'Silu',
    run({ x }: { x: tf.TensorInfo }, _attrs, workbench) {
      const out = workbench.output(x.shape);
      workbench.kernels.silu(workbench.address(x), workbench.address(out), tf.util.sizeFromShape(x.shape));
      return out;
    },
  });
}
