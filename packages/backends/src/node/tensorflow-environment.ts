import { isMainThread } from 'node:worker_threads';
import { openProcessAddon } from './process-addon.js';
import { threadCount } from './thread-count.js';

/** TensorFlow's log level for errors only. */
export const ERRORS_ONLY = '2';

/**
 * Sets the environment variables that TensorFlow's library reads when it is loaded, where the user has not set them. In a worker thread,
 * whose `process.env` is a copy, that takes the addon of the prepared TensorFlow.
 *
 * @throws BackendError that says what ONESTEP_THREADS may be, if it is something else
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
  // Otherwise GPUs since Ampere multiply float32 numbers with 10 bits of mantissa. The published trainings turn that off, too.
  set('NVIDIA_TF32_OVERRIDE', '0');
  set('TF_NUM_INTRAOP_THREADS', String(threadCount()));
}

/** The number of threads that compute an operation on the CPU. */
export function tensorflowThreads(): number {
  return Number(process.env.TF_NUM_INTRAOP_THREADS) || threadCount();
}
