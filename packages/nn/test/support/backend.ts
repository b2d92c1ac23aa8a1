import * as tf from '@tensorflow/tfjs-core';

const PACKAGES: Record<string, string> = {
  cpu: '@tensorflow/tfjs-backend-cpu',
  ort: '@onestep/tfjs-backend-ort',
};

/** Starts the backend that the environment variable ONESTEP_TEST_BACKEND names; the plain JavaScript one by default. */
export async function startTestBackend(): Promise<void> {
  const name = process.env.ONESTEP_TEST_BACKEND ?? 'cpu';
  const specifier = PACKAGES[name];
  if (specifier === undefined) {
    throw new Error(`ONESTEP_TEST_BACKEND must be ${Object.keys(PACKAGES).join(' or ')}, not ${name}.`);
  }
  await import(/* @vite-ignore */ specifier);
  await tf.setBackend(name);
  await tf.ready();
}
