import { Worker } from 'node:worker_threads';
import { DEFAULT_CACHE_BYTES, type DatasetOptions, type ImageDataset } from './dataset.js';
import type { ImageBatch } from './make-batch.js';

/** What a thread starts from. */
export interface ThreadStart {
  path: string;
  options: DatasetOptions;
}

/** Asks a thread for a batch. */
export interface BatchRequest {
  id: number;
  indices: readonly number[];
}

/** What a thread answers: the batch, or why there is none. */
export type BatchAnswer = { id: number } & ({ batch: ImageBatch } | { error: string });

const FROM_SOURCE = import.meta.url.endsWith('.ts');

interface Waiting {
  resolve(batch: ImageBatch): void;
  reject(error: Error): void;
}

/**
 * Threads that read and decode batches. Each opens the data set for itself and has its part of the memory for decoded images; they
 * do not keep the process alive. Pixels come without being copied.
 */
export class DecodingThreads {
  private readonly workers: Worker[];
  private readonly waiting = new Map<number, Waiting>();
  private requests = 0;
  /** Why there are no more batches. */
  private problem: Error | null = null;

  constructor(dataset: ImageDataset, count: number) {
    const { path, options } = dataset;
    const cacheBytes = Math.floor((options.cacheBytes ?? DEFAULT_CACHE_BYTES) / count);
    const start: ThreadStart = { path, options: { ...options, cacheBytes } };
    this.workers = Array.from({ length: count }, () => this.startThread(start));
  }

  /** The images of these numbers, and their labels. @throws if an image is damaged, or a thread has ended */
  makeBatch(indices: readonly number[]): Promise<ImageBatch> {
    if (this.problem !== null) return Promise.reject(this.problem);
    const id = this.requests++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.workers[id % this.workers.length]!.postMessage({ id, indices } satisfies BatchRequest);
    });
  }

  close(): void {
    this.fail(new Error('The batch source has been closed.'));
    for (const worker of this.workers) void worker.terminate();
  }

  private startThread(workerData: ThreadStart): Worker {
    // The process's options are for its own program: with --input-type, for one, no file can be loaded.
    const worker = new Worker(entry(), { workerData, ...(FROM_SOURCE ? {} : { execArgv: [] }) });
    worker.unref();
    worker.on('message', (answer: BatchAnswer) => {
      const waiting = this.waiting.get(answer.id);
      this.waiting.delete(answer.id);
      if ('batch' in answer) waiting?.resolve(answer.batch);
      else waiting?.reject(new Error(answer.error));
    });
    worker.on('error', (error) => this.fail(error as Error));
    worker.on('exit', () => this.fail(new Error('A thread that decodes images has ended.')));
    return worker;
  }

  private fail(error: Error): void {
    this.problem ??= error;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}

/**
 * What a thread loads. Node 20 does not apply the loaders of `--import` in threads: sources are loaded by way of tsx.
 */
function entry(): URL {
  if (!FROM_SOURCE) return new URL('./decoding-thread.js', import.meta.url);
  const module = new URL('./decoding-thread.ts', import.meta.url).href;
  const loader = import.meta.resolve('tsx/esm/api');
  const program = `import { register } from ${JSON.stringify(loader)}; register(); await import(${JSON.stringify(module)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(program)}`);
}
