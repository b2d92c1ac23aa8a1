import type { Storage } from './memory/storage.js';
import type { PendingOperations } from './pending.js';
import type { BoundGraph } from './plan/graph.js';
import type { Plan } from './plan/plan.js';
import type { Runner } from './plan/runner.js';
import type { Recorder } from './replay/recorder.js';
import type { ReplayHost } from './replay/replayable.js';

/** Records and replays the steps of a backend, and counts the replays. */
export class Replays implements ReplayHost {
  count = 0;
  /** Number of calls that were recorded, by reason. */
  readonly notReplayed: Record<string, number> = {};

  /** @param isTracing whether a function is being traced */
  constructor(
    readonly storage: Storage,
    private readonly pending: PendingOperations,
    private readonly runner: Runner,
    private readonly isTracing: () => boolean,
  ) {}

  flush(): void {
    if (!this.isTracing()) this.pending.run();
  }

  isObserved(): boolean {
    return this.isTracing() || this.pending.recorder !== null;
  }

  recordWith<T>(recorder: Recorder, record: () => T): T {
    this.pending.recorder = recorder;
    try {
      const results = record();
      this.flush();
      return results;
    } finally {
      this.pending.recorder = null;
    }
  }

  holds(plan: Plan): boolean {
    return this.runner.holds(plan);
  }

  rerun(plan: Plan, graph: BoundGraph): void {
    this.runner.execute(plan, graph, true);
    this.count++;
  }

  countNotReplayed(reason: string): void {
    this.notReplayed[reason] = (this.notReplayed[reason] ?? 0) + 1;
  }
}
