import { guidedEvaluations, type MethodNeed } from '@onestep/diffusion-core';
import { describeReference } from '@onestep/metrics';
import { evaluationsOf } from '../evaluation/generated-images.js';
import type { Score } from '../evaluation/scores.js';
import type { Measurements } from '../short-run/measured-run.js';
import { recordedTeacher } from '../short-run/short-run.js';
import type { Comparison } from './comparison.js';
import type { TeacherScores } from './teacher-scores.js';

/** Figures of a network at one moment, and how they were measured. */
export interface Row {
  /** `teacher`, or the name of a method. */
  method: string;
  /** Options of the method, or of the teacher's sampler. */
  options: Record<string, unknown>;
  /** Thousands of images that the student has been trained on; null for the teacher. */
  kimg: number | null;
  /** What the method learns from besides the teacher; empty for the teacher. */
  needs: readonly MethodNeed[];
  /** Scale of the teacher's guidance; null without, or for a method that has none. */
  guidance: number | null;
  /** Network evaluations per image. */
  nfe: number;
  fid: number;
  /** Null for a detector without class probabilities. */
  inception_score: number | null;
  /** Name of the feature extractor. Figures of different extractors cannot be compared. */
  detector: string;
  /** Number of generated images behind the figures. */
  images: number;
  /** The images behind the reference statistics. */
  reference: string;
  /** Seconds of training so far, without measuring; for the teacher, seconds of sampling and measuring. */
  seconds: number;
}

/** Contents of `results.json`. */
export interface Results {
  /** The teacher's file. */
  teacher: string;
  /** Digests of the teacher, the detector and the reference. */
  digests: Readonly<Record<string, string>>;
  /** Length of each method's training, in thousands of images. */
  kimg: number;
  batch: number;
  seed: number;
  /** What the figures cannot be compared with, and what was assumed. */
  remarks: readonly string[];
  rows: Row[];
}

/** A method with its measurements. */
export type MeasuredMethod = [string, Measurements];

/** Puts the parts of a comparison into rows: the teacher, then each method from 0 kimg on. */
export function toResults(
  { options, basis, evaluator, digests }: Comparison,
  scores: TeacherScores,
  methods: readonly MeasuredMethod[],
): Results {
  const { kimg, batch, seed, teacherSteps } = options;
  const { extractor, reference } = evaluator;
  const figures = ({ fid, inceptionScore, numImages }: Score) => ({
    fid,
    inception_score: inceptionScore ?? null,
    detector: extractor.name,
    images: numImages,
    reference: describeReference(reference.statistics!),
  });
  const scale = (basis.guidance?.scale as number | undefined) ?? null;
  const teacherRows = teacherSteps.map((steps): Row => {
    const settings = { method: 'teacher', options: { solver: 'heun', steps }, needs: [], kimg: null, guidance: scale };
    const nfe = guidedEvaluations(basis.guidance) * evaluationsOf(steps);
    return { ...settings, nfe, ...figures(scores[steps]!), seconds: scores[steps]!.seconds };
  });
  const methodRows = methods.flatMap(([method, { before, curve }]) => {
    const { options: own, needs } = basis.recipes[method]!;
    const settings = { method, options: { ...own, batch, batchGpu: batch, seed }, needs };
    const points = [{ kimg: 0, seconds: 0, ...before! }, ...curve];
    return points.map((point): Row => ({
      ...settings,
      kimg: point.kimg,
      guidance: scale,
      nfe: 1,
      ...figures(point),
      seconds: point.seconds,
    }));
  });
  return {
    teacher: recordedTeacher(options),
    digests,
    kimg,
    batch,
    seed,
    remarks: evaluator.remarks,
    rows: [...teacherRows, ...methodRows],
  };
}

/** Groups the rows by method, in order. */
export function rowsByMethod({ rows }: Results): [string, Row[]][] {
  const names = new Set(rows.filter(({ kimg }) => kimg !== null).map(({ method }) => method));
  return [...names].map((name) => [name, rows.filter(({ method }) => method === name)]);
}

/** Returns the rows of the teacher, in order. */
export function teacherRowsOf({ rows }: Results): Row[] {
  return rows.filter(({ kimg }) => kimg === null);
}
