import { WorkerClient } from '../../../apps/web/src/rpc/worker-client.js';
import type { PictureCalls, Side } from './calls.js';

/** What benchmarks/browser/latency.ts calls in this page. */
const start = (side: Side) => {
  const client = new WorkerClient<PictureCalls>(side.of === 'onestep' ? onestep() : onnxruntime());
  Object.assign(window, { run: (request: PictureCalls['run']['args']) => client.call('run', request) });
  return client.call('start', side);
};
Object.assign(window, { start });

function onestep(): Worker {
  return new Worker(new URL('./onestep-worker.ts', import.meta.url), { type: 'module' });
}

function onnxruntime(): Worker {
  return new Worker(new URL('./onnxruntime-worker.ts', import.meta.url), { type: 'module' });
}
