/** What the backend has done so far. */
export interface Counters {
  /** Graphs compiled. A training loop stops compiling after its first step or two. */
  compiles: number;
  /** Graphs run. */
  runs: number;
  /** Operations recorded. */
  nodes: number;
  /** Operations done by CPU kernels instead, by kernel name. */
  fallbacks: Record<string, number>;
  /** Calls of replayable steps that ran without being recorded. */
  replays: number;
  /** Calls of such steps that were recorded, by reason. */
  notReplayed: Record<string, number>;
}
