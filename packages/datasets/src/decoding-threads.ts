import { Worker } from 'node:worker_threads';
import { DEFAULT_CACHE_BYTES, type DatasetOptions, type ImageDataset } from './dataset.js';
import type { BatchRows, ImageBatch } from './make-batch.js';

/** Data that a thread is started with. */
export interface ThreadStart {
  path: string;
  options: DatasetOptions;
}

/** Requests a batch from a thread. */
export interface BatchRequest {
  id: number;
  indices: readonly number[];
  rows?: BatchRows;
}

/** A thread's answer: the batch, or the reason for its failure. */
export type BatchAnswer = { id: number } & ({ batch: ImageBatch } | { error: string });

const FROM_SOURCE = import.meta.url.endsWith('.ts');

interface PendingBatch {
  resolve(batch: ImageBatch): void;
  reject(error: Error): void;
}

/**
 * Threads that read and decode batches. Each thread opens the data set itself and has its share of the memory
 * for decoded images. Threads do not keep the process alive. Pixels are transferred without a copy.
 */
export class DecodingThreads {
  private readonly workers: Worker[];
  private readonly pending = new Map<number, PendingBatch>();
  private requests = 0;
  /** Set once there are no more batches. */
  private failure: Error | null = null;

  constructor(dataset: ImageDataset, count: number) {
    const { path, options } = dataset;
    const cacheBytes = Math.floor((options.cacheBytes ?? DEFAULT_CACHE_BYTES) / count);
    const start: ThreadStart = { path, options: { ...options, cacheBytes } };
    this.workers = Array.from({ length: count }, () => this.startThread(start));
  }

  /**
   * Makes a batch of the images with these indices.
   *
   * @param rows the images that are read; left out, all
   * @throws if an image is damaged, or a thread has ended
   */
  makeBatch(indices: readonly number[], rows?: BatchRows): Promise<ImageBatch> {
    if (this.failure !== null) return Promise.reject(this.failure);
    const id = this.requests++;
    return new Promise((resolve, reject) => {
      this.pending.set(id, { resolve, reject });
      this.workers[id % this.workers.length]!.postMessage({ id, indices, rows } satisfies BatchRequest);
    });
  }

  close(): void {
    this.fail(new Error('The batch source has been closed.'));
    for (const worker of this.workers) void worker.terminate();
  }

  private startThread(workerData: ThreadStart): Worker {
    // The options of this process are for its own program: with --input-type, no file could be loaded.
    const worker = new Worker(threadEntry(), { workerData, ...(FROM_SOURCE ? {} : { execArgv: [] }) });
    worker.unref();
    worker.on('message', (answer: BatchAnswer) => {
      const pending = this.pending.get(answer.id);
      this.pending.delete(answer.id);
      if ('batch' in answer) pending?.resolve(answer.batch);
      else pending?.reject(new Error(answer.error));
    });
    worker.on('error', (error) => this.fail(error as Error));
    worker.on('exit', () => this.fail(new Error('A thread that decodes images has ended unexpectedly.')));
    return worker;
  }

  private fail(error: Error): void {
    this.failure ??= error;
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
  }
}

/**
 * The program of a thread. Node 20 does not apply the loaders of `--import` in threads; sources are loaded
 * with tsx.
 */
function threadEntry(): URL {
  if (!FROM_SOURCE) return new URL('./decoding-thread.js', import.meta.url);
  const module = new URL('./decoding-thread.ts', import.meta.url).href;
  const loader = import.meta.resolve('tsx/esm/api');
  const program = `import { register } from ${JSON.stringify(loader)}; register(); await import(${JSON.stringify(module)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(program)}`);
}
