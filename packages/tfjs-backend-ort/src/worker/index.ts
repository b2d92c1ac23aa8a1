/**
 * Training in a worker thread, so that the main thread stays responsive: `runInWorker` in the main thread, `serve` in the
 * module that trains.
 *
 * @packageDocumentation
 */
export { runInWorker, type RunOptions, type WorkerRun } from './run.js';
export { serve, type WorkContext } from './serve.js';
export type { Work } from './protocol.js';
