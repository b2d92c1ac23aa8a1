import type { RecordedNode } from './ir/node.js';
import type { Value } from './ir/value.js';
import { machineMemory } from './memory/machine.js';
import type { Storage } from './memory/storage.js';
import { isolateErrors } from './plan/error-isolation.js';
import { collect, type PendingGraph } from './plan/graph.js';
import { LoopDetector } from './plan/loop-detector.js';
import type { Runner } from './plan/runner.js';
import type { Recorder } from './replay/recorder.js';

/** Limit of the buffers of disposed tensors that wait for a run. */
const MAX_RETIRED_BYTES = machineMemory() / 4;

/** The recorded operations that have not run yet, and how they are run. */
export class PendingOperations {
  nodes: RecordedNode[] = [];
  /** Observes the runs, while a step is recorded that may be replayed. */
  recorder: Recorder | null = null;
  private readonly loops: LoopDetector;

  /**
   * @param maxNodes number of operations after which they are due, with or without a loop
   * @param isStrict whether operations that an execution provider would leave to the CPU are refused
   */
  constructor(
    maxNodes: number,
    private readonly storage: Storage,
    private readonly runner: Runner,
    private readonly isStrict: () => boolean,
  ) {
    this.loops = new LoopDetector(maxNodes);
  }

  /** Whether the operations should run before another one is recorded. */
  isDue(): boolean {
    if (this.recorder) return false;
    return this.loops.isDue(this.nodes, this.storage.count, this.storage.retiredBytes > MAX_RETIRED_BYTES);
  }

  /** Runs all operations. Those that fail throw when their results are read or used. */
  run(): void {
    if (this.nodes.length === 0) return;
    const recorded = this.nodes;
    this.nodes = [];
    this.loops.restart();
    try {
      const graph = collect(recorded);
      if (graph.outputs.length > 0) this.execute(graph, true);
    } catch (error) {
      this.recorder?.onFailed();
      isolateErrors(recorded, error, (graph) => this.execute(graph));
    } finally {
      for (const node of recorded) for (const output of node.outputs) output.producer = null;
      this.storage.recycleRetired();
    }
  }

  /** Computes a single value. The operations stay pending. */
  compute(value: Value): void {
    this.execute(collect(this.nodes, (other) => other === value));
  }

  private execute(graph: PendingGraph, isLast = false): void {
    const plan = this.runner.planOf(graph, this.isStrict());
    this.recorder?.onRun(graph, plan);
    this.runner.execute(plan, graph, isLast);
  }
}
