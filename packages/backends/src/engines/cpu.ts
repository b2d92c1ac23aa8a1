import * as tf from '@tensorflow/tfjs-core';
import { activate, type StartedBackend } from '../started-backend.js';
import { registerFastFilterGradient } from './cpu-filter-gradient.js';

export async function startCpu(): Promise<StartedBackend> {
  const { version_cpu: version } = await import('@tensorflow/tfjs-backend-cpu');
  registerFastFilterGradient();
  // At its first use it would advise, among the program's own lines, to install another engine. This one was asked for.
  Object.assign(tf.findBackend('cpu'), { firstUse: false });
  await activate('cpu', 'Use another backend.');
  return { tfjsName: 'cpu', description: `cpu: plain JavaScript (tfjs-backend-cpu ${version}), one thread, slow` };
}
