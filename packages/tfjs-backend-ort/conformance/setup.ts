/** Comes first in the bundle: defines jasmine's globals and registers the backend under test. */
import jasmine from 'jasmine-core';
import { registerBackend, removeBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';
import { setTestEnvs } from '@tensorflow/tfjs-core/dist/jasmine_util.js';
import { OrtBackend } from '../src/index.js';

jasmine.boot(jasmine);

/** All backends that the tests started. They start one per describe. */
export const backends: OrtBackend[] = [];
const forbidFallback = process.argv.includes('--no-fallback');
removeBackend('ort');
registerBackend('ort', () => {
  const backend = new OrtBackend();
  backend.forbidFallback = forbidFallback;
  backends.push(backend);
  return backend;
});
setTestEnvs([{ name: 'ort', backendName: 'ort', flags: {}, isDataSync: true }]);
