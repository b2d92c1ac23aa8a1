import type { Plan } from './plan.js';

/** Compiled plans by signature. If there are too many, the least recently used one is disposed of. */
export class PlanCache {
  private readonly buckets = new Map<number, Plan[]>();
  /** In order of last use: a Map iterates in insertion order. */
  private readonly recent = new Map<Plan, number>();

  /** Estimate of the memory that the plans keep for intermediate results. */
  get bytes(): number {
    return this.plans().reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * @param limit maximum number of plans
   * @param maxBytes maximum of their estimated memory; the newest plan stays even if it alone needs more
   */
  constructor(
    private readonly limit: number,
    private readonly maxBytes: number,
  ) {}

  find(signature: Int32Array): Plan | undefined {
    const hash = hashOf(signature);
    const plan = this.buckets.get(hash)?.find((candidate) => isEqual(candidate.signature, signature));
    if (plan) this.touch(plan, hash);
    return plan;
  }

  /** Whether a plan is still cached. If so, this counts as a use. */
  holds(plan: Plan): boolean {
    const hash = this.recent.get(plan);
    if (hash !== undefined) this.touch(plan, hash);
    return hash !== undefined;
  }

  add(plan: Plan): void {
    for (const each of this.plans()) each.forgetDisposed();
    const hash = hashOf(plan.signature);
    this.buckets.set(hash, [...(this.buckets.get(hash) ?? []), plan]);
    this.touch(plan, hash);
    for (const [oldest] of this.recent) {
      if (oldest === plan || (this.recent.size <= this.limit && this.bytes <= this.maxBytes)) break;
      this.remove(oldest);
    }
  }

  plans(): Plan[] {
    return [...this.recent.keys()];
  }

  clear(): void {
    for (const plan of this.plans()) this.remove(plan);
  }

  private touch(plan: Plan, hash: number): void {
    this.recent.delete(plan);
    this.recent.set(plan, hash);
  }

  private remove(plan: Plan): void {
    const hash = this.recent.get(plan)!;
    this.recent.delete(plan);
    const rest = this.buckets.get(hash)!.filter((other) => other !== plan);
    if (rest.length > 0) this.buckets.set(hash, rest);
    else this.buckets.delete(hash);
    plan.dispose();
  }
}

/** FNV-1a over the integers. */
function hashOf(signature: Int32Array): number {
  let hash = 0x811c9dc5;
  for (const value of signature) hash = Math.imul(hash ^ value, 0x01000193);
  return hash;
}

function isEqual(x: Int32Array, y: Int32Array): boolean {
  return x.length === y.length && x.every((value, i) => value === y[i]);
}
