import { NO_CONTENTS, type NumericValue } from '../ir/value.js';
import type { Dialect } from '../lower/dialect.js';
import type { BufferPool } from '../memory/pool.js';
import { type OrtOptions, shouldSpin } from '../options.js';
import type { TensorData } from '../runtime/binding.js';
import type { DeviceMemory } from '../runtime/device.js';
import type { NumericType } from '../tensor-spec.js';
import { PlanCache } from './cache.js';
import type { BoundGraph, PendingGraph } from './graph.js';
import { Plan } from './plan.js';

/** Compiles graphs, caches the plans and runs them. */
export class Runner {
  compiles = 0;
  runs = 0;
  private readonly plans: PlanCache;

  constructor(
    private readonly options: OrtOptions,
    private readonly dialect: Dialect,
    private readonly pool: BufferPool,
    private readonly device: DeviceMemory | null,
  ) {
    this.plans = new PlanCache(options.maxPlans, options.maxPlanBytes);
  }

  /** Estimate of what the compiled graphs keep for intermediate results. */
  get planBytes(): number {
    return this.plans.bytes;
  }

  /**
   * Finds or compiles the plan of a graph.
   *
   * @param isStrict refuses operations that an execution provider would leave to the CPU
   */
  planOf(graph: PendingGraph, isStrict: boolean): Plan {
    return this.plans.find(graph.signature) ?? this.compile(graph, isStrict);
  }

  /** Whether a plan is still cached. */
  holds(plan: Plan): boolean {
    return this.plans.holds(plan);
  }

  /**
   * Computes a graph's outputs and stores them.
   *
   * @param isLast whether nothing else that is recorded reads the leaves. Results may then overwrite leaves that no tensor
   * holds. If the run fails, overwritten leaves are lost, and marked as failed.
   */
  execute(plan: Plan, graph: BoundGraph, isLast: boolean): void {
    if (this.device) plan.runOnDevice(graph, this.device, (dtype, data) => this.pool.release(dtype, data));
    else this.runOnHost(plan, graph, isLast);
    this.runs++;
    for (const output of graph.outputs) output.producer = null;
  }

  /** Writes the onnxruntime profiles that the option `profile` enables. */
  endProfiling(): void {
    for (const plan of this.plans.plans()) plan.endProfiling();
  }

  /** Forgets all plans. */
  clear(): void {
    this.plans.clear();
  }

  private compile(graph: PendingGraph, isStrict: boolean): Plan {
    const { threads, profile, provider } = this.options;
    const plan = Plan.compile(graph, this.dialect, {
      provider,
      onDevice: this.device !== null,
      strict: isStrict && provider !== 'cpu',
      threads,
      spin: shouldSpin(this.options),
      profile: profile && `${profile}-${this.compiles}`,
    });
    this.plans.add(plan);
    this.compiles++;
    return plan;
  }

  private runOnHost(plan: Plan, graph: BoundGraph, isLast: boolean): void {
    const taken: [NumericType, TensorData][] = [];
    const overwritten: NumericValue[] = [];
    /** Old buffers of the outputs that are also leaves. */
    const renewed = new Map<NumericValue, TensorData>();
    for (const output of graph.outputs) {
      const { contents } = output;
      if (contents.kind === 'host' && contents.isPooled) renewed.set(output, contents.data);
    }
    const canOverwrite = (leaf: NumericValue) =>
      isLast && (leaf.isDisposed || renewed.has(leaf)) && !overwritten.includes(leaf);
    try {
      const results = plan.run(graph, (dtype, size, replaces) => {
        if (replaces?.contents.kind === 'host' && replaces.contents.isPooled && canOverwrite(replaces)) {
          overwritten.push(replaces);
          return replaces.contents.data;
        }
        const buffer = this.pool.take(dtype, size);
        taken.push([dtype, buffer]);
        return buffer;
      });
      graph.outputs.forEach((output, i) => (output.contents = results[i]!));
      for (const leaf of overwritten) if (!renewed.delete(leaf)) leaf.contents = NO_CONTENTS;
      for (const [{ dtype }, buffer] of renewed) this.pool.release(dtype, buffer);
    } catch (error) {
      for (const [dtype, buffer] of taken) this.pool.release(dtype, buffer);
      // Nothing is written before every result has its buffer.
      const lost = taken.length + overwritten.length === graph.outputs.length ? overwritten : [];
      for (const leaf of lost) leaf.failure = { kernel: 'an operation that was to replace it', error, stack: null };
      throw error;
    }
  }
}
