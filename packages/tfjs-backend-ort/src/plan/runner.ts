import type { Dialect } from '../lower/dialect.js';
import type { BufferPool } from '../memory/pool.js';
import { spinsNow, type OrtOptions } from '../options.js';
import type { TensorData } from '../runtime/binding.js';
import type { DeviceMemory } from '../runtime/device.js';
import type { NumericValue } from '../ir/value.js';
import { PlanCache } from './cache.js';
import type { BoundGraph, PendingGraph } from './graph.js';
import { Plan } from './plan.js';
import type { NumericType } from '../tensor-spec.js';

/** Runs graphs: compiles those it has not seen, and keeps the plans of the others. */
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
   * The compiled graph.
   *
   * @param strict refuses operations that another execution provider would leave to the CPU
   */
  planOf(graph: PendingGraph, strict: boolean): Plan {
    return this.plans.find(graph.signature) ?? this.compile(graph, strict);
  }

  /** Whether a plan can still be run. */
  holds(plan: Plan): boolean {
    return this.plans.holds(plan);
  }

  /**
   * Computes a graph's outputs and stores them.
   *
   * @param last nothing else that is recorded reads the leaves: results may overwrite those that no tensor holds. If it
   * fails then, such leaves are lost, and marked as failed.
   */
  execute(plan: Plan, graph: BoundGraph, last: boolean): void {
    if (this.device) plan.runOnDevice(graph, this.device, (dtype, data) => this.pool.release(dtype, data));
    else this.runOnHost(plan, graph, last);
    this.runs++;
    for (const output of graph.outputs) output.producer = null;
  }

  /** Finishes the onnxruntime profiles asked for with the option `profile`. */
  endProfiling(): void {
    for (const plan of this.plans.plans()) plan.endProfiling();
  }

  /** Forgets all plans. */
  clear(): void {
    this.plans.clear();
  }

  private compile(graph: PendingGraph, strict: boolean): Plan {
    const { threads, profile, provider } = this.options;
    const plan = Plan.compile(graph, this.dialect, {
      provider,
      onDevice: this.device !== null,
      strict: strict && provider !== 'cpu',
      threads,
      spin: spinsNow(this.options),
      profile: profile && `${profile}-${this.compiles}`,
    });
    this.plans.add(plan);
    this.compiles++;
    return plan;
  }

  private runOnHost(plan: Plan, graph: BoundGraph, last: boolean): void {
    const taken: [NumericType, TensorData][] = [];
    const overwritten: NumericValue[] = [];
    /** Buffers of the leaves that get new values. */
    const renewed = new Map<NumericValue, TensorData>();
    for (const output of graph.outputs) if (output.data && output.pooled) renewed.set(output, output.data);
    try {
      const buffers = plan.run(graph, (dtype, size, replaces) => {
        if (
          last &&
          replaces?.pooled &&
          (replaces.disposed || renewed.has(replaces)) &&
          !overwritten.includes(replaces)
        ) {
          overwritten.push(replaces);
          return replaces.data!;
        }
        const buffer = this.pool.take(dtype, size);
        taken.push([dtype, buffer]);
        return buffer;
      });
      graph.outputs.forEach((output, i) => {
        output.data = buffers[i]!;
        output.pooled = true;
      });
      for (const leaf of overwritten) {
        if (renewed.delete(leaf)) continue;
        leaf.data = leaf.feed = null;
        leaf.pooled = false;
      }
      for (const [{ dtype }, buffer] of renewed) this.pool.release(dtype, buffer);
    } catch (error) {
      for (const [dtype, buffer] of taken) this.pool.release(dtype, buffer);
      // Nothing is written before every result has its buffer.
      const written = taken.length + overwritten.length === graph.outputs.length ? overwritten : [];
      for (const leaf of written) leaf.failure = { kernel: 'an operation that was to replace it', error, calls: null };
      throw error;
    }
  }
}
