import type { PreconditionedNetwork } from '@onestep/edm';
import type { Measurement } from '../measuring/measurement.js';
import type { BackendOption } from '../options/backend-option.js';
import type { LiveLine } from '../terminal/live-line.js';
import type { MethodName } from './recipes.js';

/** Options of `onestep compare`. */
export interface CompareOptions extends BackendOption {
  outdir: string;
  /** The teacher's file. */
  teacher: string;
  /** Length of each distillation. */
  kimg: number;
  /** Generated images behind each FID. */
  num: number;
  methods: MethodName[];
  /** Numbers of the EDM sampler's steps. */
  teacherSteps: number[];
  batch: number;
  seed: number;
}

/** A comparison under way: what its pieces are made with. */
export interface Comparison {
  options: CompareOptions;
  teacher: PreconditionedNetwork;
  measurement: Measurement;
  line: LiveLine;
  /** Prints a line, and logs it. */
  say: (text: string) => Promise<void>;
  signal: AbortSignal;
}
