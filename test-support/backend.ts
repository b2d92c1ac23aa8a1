import { BACKEND_NAMES, isBackendName, startBackend } from '@onestep/backends';

/** The backend of the tests: the environment variable ONESTEP_TEST_BACKEND, or ONNX Runtime. */
export const TEST_BACKEND = process.env.ONESTEP_TEST_BACKEND || 'ort';

/** Starts {@link TEST_BACKEND}. */
export async function startTestBackend(): Promise<void> {
  if (!isBackendName(TEST_BACKEND)) {
    throw new Error(`ONESTEP_TEST_BACKEND is '${TEST_BACKEND}', expected one of ${BACKEND_NAMES.join(', ')}.`);
  }
  await startBackend(TEST_BACKEND);
}
