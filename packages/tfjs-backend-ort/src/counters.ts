/** Statistics of a backend since it started. */
export interface Counters {
  /** Compiled graphs. A training loop stops compiling after its first step or two. */
  compiles: number;
  /** Graph runs. */
  runs: number;
  /** Recorded operations. */
  nodes: number;
  /** Operations computed by CPU kernels, by kernel name. */
  fallbacks: Record<string, number>;
  /** Calls of replayable steps that ran without being recorded. */
  replays: number;
  /** Calls of replayable steps that were recorded, by reason. */
  notReplayed: Record<string, number>;
}
