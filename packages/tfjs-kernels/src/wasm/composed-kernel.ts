import * as tf from '@tensorflow/tfjs-core';

/** A kernel composed of other kernels of the same engine. */
export interface ComposedKernel<Inputs, Attrs> {
  name: string;
  /** @returns null to leave the work to the engine's own kernel of that name */
  run(inputs: Inputs, attrs: Attrs): tf.Tensor | tf.Tensor[] | null;
}

/** Registers a composed kernel with the wasm engine, in place of the engine's own kernel of that name if there is one. */
export function registerComposedKernel<Inputs, Attrs>({ name, run }: ComposedKernel<Inputs, Attrs>): void {
  const original = tf.getKernel(name, 'wasm') as tf.KernelConfig | undefined;
  if (original !== undefined) tf.unregisterKernel(name, 'wasm');
  tf.registerKernel({
    kernelName: name,
    backendName: 'wasm',
    kernelFunc: (args) => {
      const result = tf.tidy(() => run(args.inputs as Inputs, args.attrs as Attrs) ?? []) as tf.Tensor | tf.Tensor[];
      if (!Array.isArray(result) || result.length > 0) return result;
      if (original === undefined) throw new Error(`The wasm engine has no kernel '${name}' for these attributes.`);
      return original.kernelFunc(args);
    },
  });
}
