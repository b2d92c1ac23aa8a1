import type { Denoiser, Generator } from '@onestep/diffusion-core';
import type { Evaluation } from '@onestep/metrics';
import { studentImages, teacherImages } from './generated-images.js';
import type { Measurement } from './measurement.js';

/** FID and IS of one network. */
export interface Score {
  fid: number;
  inceptionScore: number;
  numImages: number;
}

/** Score at one moment of a run. */
export interface FidPoint extends Score {
  kimg: number;
  /** Seconds of training so far, measuring not counted. */
  seconds: number;
}

/** Score of a teacher with a sampler of many steps. */
export interface TeacherScore extends Score {
  /** Seconds of sampling, and of detecting features. */
  seconds: number;
}

/** Which images of a teacher to measure. */
export interface TeacherImages {
  teacher: Denoiser;
  /** Steps of the EDM sampler: 2 steps - 1 network evaluations. */
  steps: number;
  numImages: number;
}

/** Called with the share of the work that is done. */
export type OnProgress = (share: number) => void;

/** The teacher's FID with the EDM sampler, and how long its images took. */
export async function measureTeacher(
  measurement: Measurement,
  { teacher, steps, numImages }: TeacherImages,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<TeacherScore> {
  const started = performance.now();
  const evaluation = await measurement.evaluate(teacherImages(teacher, numImages, { steps }, signal, onProgress));
  return { ...toScore(evaluation), seconds: (performance.now() - started) / 1000 };
}

/** A one-step generator's FID. */
export async function measureStudent(
  measurement: Measurement,
  generator: Generator,
  numImages: number,
  signal: AbortSignal,
): Promise<Score> {
  return toScore(await measurement.evaluate(studentImages(generator, numImages, signal)));
}

function toScore({ fid, isMean, numImages }: Evaluation): Score {
  return { fid, inceptionScore: isMean, numImages };
}
