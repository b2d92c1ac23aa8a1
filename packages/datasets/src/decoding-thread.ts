// The program of a thread of DecodingThreads.
import { parentPort, workerData } from 'node:worker_threads';
import { openDataset } from './dataset.js';
import type { BatchAnswer, BatchRequest, ThreadStart } from './decoding-threads.js';
import { makeBatch } from './make-batch.js';

const { path, options } = workerData as ThreadStart;
const dataset = await openDataset(path, options);
const port = parentPort!;
port.on('message', ({ id, indices, rows }: BatchRequest) => {
  try {
    const batch = makeBatch(dataset, indices, rows);
    const buffers = [batch.images.buffer, ...(batch.labels === null ? [] : [batch.labels.buffer])] as ArrayBuffer[];
    port.postMessage({ id, batch } satisfies BatchAnswer, buffers);
  } catch (error) {
    port.postMessage({ id, error: (error as Error).message } satisfies BatchAnswer);
  }
});
