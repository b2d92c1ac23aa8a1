import { registerCpuKernels } from '@onestep/tfjs-kernels';
import * as tf from '@tensorflow/tfjs-core';
import { activate, type StartedBackend } from '../started-backend.js';

/** Starts tfjs's plain JavaScript engine. */
export async function startCpu(): Promise<StartedBackend> {
  const { version_cpu: version } = await import('@tensorflow/tfjs-backend-cpu');
  registerCpuKernels();
  // At its first use it would print an advice to install another engine; this one was chosen.
  Object.assign(tf.findBackend('cpu'), { firstUse: false });
  await activate('cpu', 'Use another backend.');
  return { tfjsName: 'cpu', description: `cpu: plain JavaScript (tfjs-backend-cpu ${version}), one thread, slow` };
}
