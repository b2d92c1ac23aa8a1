import {
  assertFiniteImages,
  EDM_SAMPLER_DEFAULTS,
  edmSampler,
  guideDenoiser,
  ImageStreams,
  karrasSchedule,
  type Denoiser,
} from '@onestep/diffusion-core';
import { nextTurn } from '../rpc/serve.js';
import type { ImageRequest, MadeImage, RaceStep } from './calls.js';
import { uploadLabel } from './make-image.js';
import { teacherEvaluations } from './teacher-evaluations.js';

/** Standard deviation of images in [-1, 1], as EDM takes it. */
const SIGMA_DATA = 0.5;

/**
 * Makes the teacher's image with EDM's deterministic sampler, step by step.
 *
 * @param latent [1, H, W, C], of a seed or between two
 * @param label [1, labelDim]; null for a network without labels
 */
export async function runTeacher(
  teacher: Denoiser,
  latent: Float32Array,
  label: Float32Array | null,
  { seed, guidance: scale = 1 }: ImageRequest,
  onStep: (step: RaceStep) => void,
  signal: AbortSignal,
): Promise<MadeImage> {
  const denoiser = scale === 1 ? teacher : guideDenoiser(teacher, { scale });
  const streams = new ImageStreams([seed]);
  const labels = uploadLabel(denoiser, label);
  const levels = [...karrasSchedule(EDM_SAMPLER_DEFAULTS.steps), 0];
  let milliseconds = 0;
  let start = performance.now();
  try {
    const { images } = await edmSampler({
      denoiser,
      latents: latent,
      labels,
      noise: () => streams.normal(latent.length),
      async onStep(done, steps, x) {
        milliseconds += performance.now() - start;
        const contrast = SIGMA_DATA / Math.hypot(SIGMA_DATA, levels[done]!);
        const pixels = Float32Array.from(x, (value) => value * contrast);
        assertFiniteImages(pixels, 'the teacher');
        onStep({ done, steps, evaluations: teacherEvaluations(scale, done), milliseconds, pixels });
        // Not counted: the page draws, and may stop the run.
        await nextTurn();
        start = performance.now();
      },
      signal,
    });
    return { pixels: Float32Array.from(images), milliseconds, evaluations: teacherEvaluations(scale) };
  } finally {
    labels?.dispose();
  }
}
