import type { StartedBackend } from '../started-backend.js';
import { registerFastFilterGradient } from './cpu-filter-gradient.js';

export async function startCpu(): Promise<StartedBackend> {
  const { version_cpu: version } = await import('@tensorflow/tfjs-backend-cpu');
  registerFastFilterGradient();
  return { tfjsName: 'cpu', description: `cpu: plain JavaScript (tfjs-backend-cpu ${version}), one thread, slow` };
}
