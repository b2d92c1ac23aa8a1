import * as tf from '@tensorflow/tfjs-core';

const PACKAGES: Record<string, string> = {
  cpu: '@tensorflow/tfjs-backend-cpu',
  ort: '@onestep/tfjs-backend-ort',
};

/** The backend that the environment variable ONESTEP_TEST_BACKEND names; the fast one by default. */
export const TEST_BACKEND = process.env.ONESTEP_TEST_BACKEND ?? 'ort';

/** Starts {@link TEST_BACKEND}. */
export async function startTestBackend(): Promise<void> {
  const specifier = PACKAGES[TEST_BACKEND];
  if (specifier === undefined) {
    throw new Error(`ONESTEP_TEST_BACKEND must be ${Object.keys(PACKAGES).join(' or ')}, not ${TEST_BACKEND}.`);
  }
  await import(/* @vite-ignore */ specifier);
  await tf.setBackend(TEST_BACKEND);
  await tf.ready();
}
