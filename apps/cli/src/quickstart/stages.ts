import { generateImages, type Denoiser, type Generator } from '@onestep/diffusion-core';
import type { Evaluation } from '@onestep/metrics';
import { studentImages, teacherImages } from '../measuring/generated-images.js';
import type { Measurement } from '../measuring/measurement.js';
import type { Score } from './measurements.js';
import { TEACHER_STEPS } from './recipe.js';

/** Called with the share of the work that is done. */
export type OnProgress = (share: number) => void;

/** The teacher's FID with the EDM sampler, and its speed. */
export async function measureTeacher(
  measurement: Measurement,
  teacher: Denoiser,
  numImages: number,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<Score & { imagesPerSecond: number }> {
  const started = performance.now();
  const images = teacherImages(teacher, numImages, { steps: TEACHER_STEPS }, signal, onProgress);
  const evaluation = await measurement.evaluate(images);
  const seconds = (performance.now() - started) / 1000;
  return { ...toScore(evaluation), imagesPerSecond: numImages / seconds };
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

const TIMED_IMAGES = 1000;
const TIMED_BATCH = 100;

/** Images per second of a one-step generator: 1,000 images, after one batch that does not count. */
export async function timeStudent(generator: Generator): Promise<number> {
  const batch = (start: number) => Array.from({ length: TIMED_BATCH }, (_, i) => start + i);
  await generateImages({ generator, seeds: batch(0) });
  const started = performance.now();
  for (let start = 0; start < TIMED_IMAGES; start += TIMED_BATCH)
    await generateImages({ generator, seeds: batch(start) });
  return TIMED_IMAGES / ((performance.now() - started) / 1000);
}

function toScore({ fid, isMean, numImages }: Evaluation): Score {
  return { fid, inceptionScore: isMean, numImages };
}
