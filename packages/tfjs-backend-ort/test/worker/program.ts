/** Program of the tests, which must end by itself: trains in a worker thread, and prints the result. */
import { runInWorker } from '../../src/worker/index.js';
import type { Training } from './train.js';

const losses: number[] = [];
const run = runInWorker<Training>(new URL('./train.ts', import.meta.url), {
  start: { steps: 4 },
  onMessage: ({ loss }) => losses.push(loss),
});
console.log(JSON.stringify({ ...(await run.done), losses: losses.length }));
