import type { Cuts } from './cuts.js';
import type { MethodRow } from './method-rows.js';
import type { TeacherRow } from './teacher-rows.js';

/** A training that failed, and why. */
export interface FailedCell {
  method: string;
  seed: number;
  folder: string;
  message: string;
}

/** A measurement of a training. */
export interface CellPoint {
  method: string;
  seed: number;
  calls: number;
  kimg: number;
  seconds: number;
  fid: number;
  is: number | null;
  precision: number | null;
  recall: number | null;
}

/** Contents of `results.json` of a comparison with a budget. */
export interface PaperResults {
  teacher: string;
  budget: string;
  seeds: number[];
  batch: number;
  /** Scale of the teacher's guidance; null for none. */
  guidance: number | null;
  /** How everything was measured. */
  measured: { detector: string; images: number; reference: string; remarks: readonly string[] };
  digests: Readonly<Record<string, string>>;
  cuts: Cuts;
  equalPictures: MethodRow[];
  equalTime: MethodRow[];
  teacherRows: TeacherRow[];
  points: CellPoint[];
  failed: FailedCell[];
  leftOut: readonly string[];
}
