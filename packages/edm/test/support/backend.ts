import * as tf from '@tensorflow/tfjs-core';

/** Starts the backend that the environment variable ONESTEP_TEST_BACKEND names: `cpu` (the default) or `ort`. */
export async function startTestBackend(): Promise<void> {
  const name = process.env.ONESTEP_TEST_BACKEND ?? 'cpu';
  const packages: Record<string, string> = { cpu: '@tensorflow/tfjs-backend-cpu', ort: '@onestep/tfjs-backend-ort' };
  const specifier = packages[name];
  if (specifier === undefined) throw new Error(`ONESTEP_TEST_BACKEND must be cpu or ort, not ${name}.`);
  await import(/* @vite-ignore */ specifier);
  await tf.setBackend(name);
  await tf.ready();
}
