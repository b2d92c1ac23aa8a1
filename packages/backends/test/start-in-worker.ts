/** Program of the tests: starts the backend that its argument names in a worker thread, and prints the outcome as JSON. */
import { Worker } from 'node:worker_threads';

const program = `
  import { register } from ${JSON.stringify(import.meta.resolve('tsx/esm/api'))};
  register();
  await import(${JSON.stringify(new URL('start-program.ts', import.meta.url).href)});`;
const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`);
new Worker(url, { argv: process.argv.slice(2), stdout: false });
