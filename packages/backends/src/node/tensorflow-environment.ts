import { availableParallelism } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { BackendError } from '../backend-error.js';
import { openProcessAddon } from './process-addon.js';

/** TensorFlow's log level for errors only. */
export const ERRORS_ONLY = '2';

/**
 * Sets the environment variables that TensorFlow's library reads when it is loaded, where the user has not set them. In a worker thread,
 * whose `process.env` is a copy, that takes the addon of the prepared TensorFlow.
 *
 * @throws BackendError if ONESTEP_THREADS is not a number of threads
 */
export function setTensorflowEnvironment(): void {
  const { env } = process;
  const addon = isMainThread ? null : openProcessAddon();
  const set = (name: string, value: string) => {
    if (env[name] !== undefined) return;
    env[name] = value;
    addon?.setVariable(name, value);
  };
  // Neither what TensorFlow finds on the machine, nor advice about compiling it.
  set('TF_CPP_MIN_LOG_LEVEL', ERRORS_ONLY);
  // Otherwise TensorFlow takes nearly all memory of the GPU at once.
  set('TF_FORCE_GPU_ALLOW_GROWTH', 'true');
  // tfjs-node computes on one GPU, the last one that TensorFlow lists. TensorFlow would take memory on all of them.
  set('CUDA_VISIBLE_DEVICES', '0');
  const threads = env.ONESTEP_THREADS;
  if (!threads) return;
  if (!/^[1-9]\d*$/.test(threads)) {
    throw new BackendError(`ONESTEP_THREADS must be a whole number of at least 1, got '${threads}'.`);
  }
  set('TF_NUM_INTRAOP_THREADS', threads);
}

/** The number of threads that compute an operation on the CPU. */
export function tensorflowThreads(): number {
  return Number(process.env.TF_NUM_INTRAOP_THREADS) || availableParallelism();
}
