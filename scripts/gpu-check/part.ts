/** What a part does, in the order of `--only`'s help. */
export const KINDS = ['install', 'start', 'test', 'time', 'memory', 'half'] as const;
export type Kind = (typeof KINDS)[number];

/** One check, done in a process of its own, so that its crash, hang or lack of memory ends no other. */
export interface Part {
  /** Unique name, such as `test tensorflow`. */
  name: string;
  kind: Kind;
  /**
   * The command. Its process writes what it measured to the file that the environment variable GPU_CHECK_FIGURES names, as JSON, each
   * time that it knows more. An entry `error` is the reason of a failure.
   */
  command: readonly string[];
  /** Environment variables to set. Default: none. */
  env?: Readonly<Record<string, string>>;
  /** Seconds after which the process is stopped. */
  limitS: number;
  /** Seconds of the budget without which it is not started. */
  leastS: number;
  /**
   * Whether a failure counts as skipped after these results: preparations that need the network, and what a machine need not have.
   * Default: never.
   */
  isOptional?(results: readonly PartResult[]): boolean;
  /** Why there is no point in running it after these results; null if there is one. Default: always null. */
  findObstacle?(results: readonly PartResult[]): string | null;
  /** Finds what is wrong with the figures of a process that ended well; null if nothing is. Default: always null. */
  findFault?(figures: Figures, results: readonly PartResult[]): string | null;
}

/** Whatever a part measured. */
export type Figures = Record<string, unknown>;

export type Status = 'ok' | 'failed' | 'skipped';

/** The result of a part, as in gpu-check.json. */
export interface PartResult {
  name: string;
  kind: Kind;
  status: Status;
  /** Why it failed or was skipped; null if it is ok. */
  reason: string | null;
  seconds: number;
  /** Also what a failed part measured before it failed. */
  figures: Figures;
}

/** The result of the part of that name, if it has one. */
export function resultOf(name: string, results: readonly PartResult[]): PartResult | undefined {
  return results.find((result) => result.name === name);
}
