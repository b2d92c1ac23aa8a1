import { generateImages, type Generator } from '@onestep/diffusion-core';
import { describeReference } from '@onestep/metrics';
import { describeMachine } from '../machine.js';
import type { CurvePoint } from '../short-run/measured-run.js';
import type { Quickstart } from './run.js';
import { METHOD } from './settings.js';

/** Contents of `summary.json`: the figures of a finished quickstart, and how they were measured. */
export interface Summary {
  method: string;
  /** Name of the feature extractor. FIDs and Inception Scores of different extractors cannot be compared. */
  detector: string;
  /** The images behind the reference statistics. */
  reference: string;
  /** Number of generated images behind `student_before` and `student_after`. */
  num_images: number;
  fid: { teacher: number; student_before: number; student_after: number };
  inception_score: { teacher: number; student_before: number; student_after: number };
  /** Number of generated images behind the teacher's figures. */
  teacher_num_images: number;
  /** Network evaluations per image. */
  nfe: { teacher: number; student: number };
  images_per_second: { teacher: number; student: number };
  /** Wall-clock seconds of the quickstart, over all sessions. */
  seconds: number;
  /** Seconds of training. */
  training_seconds: number;
  kimg: number;
  machine: string;
  curve: CurvePoint[];
}

const TIMED_IMAGES = 1000;
const TIMED_BATCH = 100;

/** Summarizes a finished run. @throws if its measurements are not complete */
export function summarize({ run, evaluator, sampling }: Quickstart, imagesPerSecond: number): Summary {
  const { extractor, reference } = evaluator;
  const { teacher, before, curve } = run.measurements;
  const after = curve.at(-1);
  if (teacher === undefined || before === undefined || after === undefined) {
    throw new Error(`${run.folder.path}/measurements.json is not complete. Remove the folder and start again.`);
  }
  return {
    method: METHOD.name,
    detector: extractor.name,
    reference: describeReference(reference.statistics!),
    num_images: after.numImages,
    fid: { teacher: teacher.fid, student_before: before.fid, student_after: after.fid },
    inception_score: {
      teacher: teacher.inceptionScore!,
      student_before: before.inceptionScore!,
      student_after: after.inceptionScore!,
    },
    teacher_num_images: teacher.numImages,
    nfe: { teacher: sampling.evaluations, student: 1 },
    images_per_second: { teacher: teacher.imagesPerSecond, student: imagesPerSecond },
    seconds: run.seconds,
    training_seconds: after.seconds,
    kimg: after.kimg,
    machine: describeMachine(),
    curve: [{ kimg: 0, seconds: 0, ...before }, ...curve],
  };
}

/** Measures the images per second of a one-step generator, after one batch to warm up. */
export async function timeGenerator(generator: Generator): Promise<number> {
  const seedsFrom = (start: number) => Array.from({ length: TIMED_BATCH }, (_, i) => start + i);
  await generateImages({ generator, seeds: seedsFrom(0) });
  const started = performance.now();
  for (let start = 0; start < TIMED_IMAGES; start += TIMED_BATCH) {
    await generateImages({ generator, seeds: seedsFrom(start) });
  }
  return TIMED_IMAGES / ((performance.now() - started) / 1000);
}
