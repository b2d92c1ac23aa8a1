import { relative } from 'node:path';
import type { Measurements } from '../measuring/measurements.js';
import type { Score } from '../measuring/score.js';
import { evaluationsOf } from '../measuring/evaluations.js';
import type { Comparison } from './comparison.js';
import { RECIPES, type MethodName } from './recipes.js';
import type { TeacherScores } from './teacher-scores.js';

/** One figure of a comparison, with all that says what it means. */
export interface Row {
  /** `teacher`, or the name of a method. */
  method: string;
  /** Of the method, or of the teacher's sampler. */
  options: Record<string, unknown>;
  /** Thousand generated images that the student has learned from; null for the teacher. */
  kimg: number | null;
  /** Network evaluations an image. */
  nfe: number;
  fid: number;
  inception_score: number;
  /** Name of the feature extractor; figures compare with no other detector's. */
  detector: string;
  /** Generated images behind the figures. */
  images: number;
  /** What the reference statistics were computed from. */
  reference: string;
  /** Of training so far, measuring not counted; for the teacher, of making and measuring the images. */
  seconds: number;
}

/** What `results.json` holds. */
export interface Results {
  /** The teacher's file. */
  teacher: string;
  /** Images of each method's training. */
  kimg: number;
  batch: number;
  seed: number;
  rows: Row[];
}

/** A method with what was measured of it. */
export type MeasuredMethod = [MethodName, Measurements];

/** Puts the pieces of a comparison into rows: the teacher, then each method from 0 kimg on. */
export function toResults(
  { options, measurement }: Comparison,
  scores: TeacherScores,
  methods: readonly MeasuredMethod[],
): Results {
  const { teacher, kimg, batch, seed, teacherSteps } = options;
  const { extractor, reference } = measurement;
  const figures = ({ fid, inceptionScore, numImages }: Score) => ({
    ...{ fid, inception_score: inceptionScore, detector: extractor.name, images: numImages },
    reference: `${reference.name} (${reference.numImages} images)`,
  });
  const ofTeacher = teacherSteps.map((steps): Row => {
    const settings = { method: 'teacher', options: { solver: 'heun', steps }, kimg: null, nfe: evaluationsOf(steps) };
    return { ...settings, ...figures(scores[steps]!), seconds: scores[steps]!.seconds };
  });
  const ofMethods = methods.flatMap(([method, { before, curve }]) =>
    [{ kimg: 0, seconds: 0, ...before! }, ...curve].map((point): Row => {
      const settings = { method, options: { ...RECIPES[method]!.options, batch, batchGpu: batch, seed } };
      return { ...settings, kimg: point.kimg, nfe: 1, ...figures(point), seconds: point.seconds };
    }),
  );
  return { teacher: relative('.', teacher), kimg, batch, seed, rows: [...ofTeacher, ...ofMethods] };
}

/** The rows of each method, in order. */
export function rowsByMethod({ rows }: Results): [string, Row[]][] {
  const names = new Set(rows.filter(({ kimg }) => kimg !== null).map(({ method }) => method));
  return [...names].map((name) => [name, rows.filter(({ method }) => method === name)]);
}

/** The rows of the teacher, in order. */
export function teacherRowsOf({ rows }: Results): Row[] {
  return rows.filter(({ kimg }) => kimg === null);
}
