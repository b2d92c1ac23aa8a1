import type { EngineName } from '../engine/engine-name.js';
import type { GenerationCalls } from '../generation/calls.js';
import { WorkerClient } from '../rpc/worker-client.js';

/** The worker that generates. Another engine is another worker, in which nothing is left of the one before. */
export class GenerationSession {
  private worker = createWorker();
  private client = new WorkerClient<GenerationCalls>(this.worker);
  private isStarted = false;

  /** Calls the worker: see {@link WorkerClient.call}. */
  get call(): WorkerClient<GenerationCalls>['call'] {
    return this.client.call.bind(this.client) as WorkerClient<GenerationCalls>['call'];
  }

  /** Starts an engine, in a new worker if this one has had one: without any network. @returns the engine in one line */
  restart(name: EngineName): Promise<string> {
    if (this.isStarted) {
      this.worker.terminate();
      this.worker = createWorker();
      this.client = new WorkerClient(this.worker);
    }
    this.isStarted = true;
    return this.client.call('start', name);
  }

  /** Returns a function that says whether the session still has the worker of now. */
  watch(): () => boolean {
    const { worker } = this;
    return () => this.worker === worker;
  }
}

function createWorker(): Worker {
  return new Worker(new URL('../generation/worker.ts', import.meta.url), { type: 'module', name: 'generation' });
}
