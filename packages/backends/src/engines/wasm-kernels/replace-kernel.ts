import * as tf from '@tensorflow/tfjs-core';

/** A kernel that is written with other kernels of the same engine. */
export interface ComposedKernel<Inputs, Attributes> {
  name: string;
  /** @returns null to leave it to the engine's own kernel of that name */
  run(inputs: Inputs, attributes: Attributes): tf.Tensor | tf.Tensor[] | null;
}

/** Puts a kernel into the wasm engine, in front of the one of that name which it may have. */
export function replaceKernel<Inputs, Attributes>({ name, run }: ComposedKernel<Inputs, Attributes>): void {
  const original = tf.getKernel(name, 'wasm') as tf.KernelConfig | undefined;
  if (original !== undefined) tf.unregisterKernel(name, 'wasm');
  tf.registerKernel({
    kernelName: name,
    backendName: 'wasm',
    kernelFunc: (args) => {
      const result = tf.tidy(() => run(args.inputs as Inputs, args.attrs as Attributes) ?? []) as
        tf.Tensor | tf.Tensor[];
      if (!Array.isArray(result) || result.length > 0) return result;
      if (original === undefined) throw new Error(`The wasm engine cannot do '${name}' with these attributes.`);
      return original.kernelFunc(args);
    },
  });
}
