/**
 * Program of the tests: starts two threads that compute, and ends them or itself at a random moment.
 *
 *   program.ts terminate|exit|throw|drain|await BUSYWORK BUSY_THREAD [EARLY]
 */
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { runInWorker } from '../../src/worker/index.js';

const [ending, busywork, file, early] = process.argv.slice(2);
const module = pathToFileURL(file!);

interface Thread {
  begun: Promise<unknown>;
  end(): Promise<unknown>;
  exited: Promise<unknown>;
  unref(): void;
}

function startOwn(): Thread {
  const worker = new Worker(module, { workerData: { busywork, module: module.href } });
  const begun = once(worker, 'message');
  return { begun, end: () => worker.terminate(), exited: once(worker, 'exit'), unref: () => worker.unref() };
}

function startServed(): Thread {
  let begin: (message: unknown) => void;
  const begun = new Promise((resolve) => (begin = resolve));
  const run = runInWorker(module, { start: {}, onMessage: (message) => begin(message) });
  const exited = run.done.catch((error: Error) => error.message);
  return { begun, end: () => run.terminate(), exited, unref: () => undefined };
}

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const threads = [0, 1].map(busywork === 'served' ? startServed : startOwn);
if (early === undefined) await Promise.all(threads.map(({ begun }) => begun));
else await wait(Number(early) * Math.random());
await wait(Math.random() * 50);
switch (ending) {
  case 'terminate':
    await Promise.all(threads.map(({ end }) => end()));
    break;
  case 'await':
    console.log(JSON.stringify(await Promise.all(threads.map(({ exited }) => exited))));
    break;
  case 'exit':
    process.exit(7);
    break;
  case 'throw':
    throw new Error('a mistake of the program');
  case 'drain':
    for (const { unref } of threads) unref();
}
