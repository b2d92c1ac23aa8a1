import { edmSampler, ImageStreams, karrasSchedule, oneHot, type Denoiser } from '@onestep/diffusion-core';
import { nextTurn } from '../rpc/serve.js';
import type { ImageRequest, MadeImage, RaceStep } from './calls.js';

/** EDM's deterministic sampler, as published. */
const SAMPLER = { steps: 18, sigmaMin: 0.002, sigmaMax: 80, rho: 7 } as const;
/** Standard deviation of images in [-1, 1], as EDM takes it. */
const SIGMA_DATA = 0.5;

/**
 * The teacher's image with Heun's method, step by step.
 *
 * @param latent [1, H, W, C]
 */
export async function runTeacher(
  denoiser: Denoiser,
  latent: Float32Array,
  { seed, classIndex }: ImageRequest,
  onStep: (step: RaceStep) => void,
  signal: AbortSignal,
): Promise<MadeImage> {
  const streams = new ImageStreams([seed]);
  const labels = classIndex === undefined ? undefined : oneHot([classIndex], denoiser.labelDim);
  const levels = [...karrasSchedule(SAMPLER.steps, SAMPLER), 0];
  let milliseconds = 0;
  let start = performance.now();
  try {
    const { images, evaluations } = await edmSampler({
      ...{ denoiser, latents: latent, labels, options: SAMPLER, signal },
      noise: () => streams.normal(latent.length),
      async onStep(done, steps, x) {
        milliseconds += performance.now() - start;
        const scale = SIGMA_DATA / Math.hypot(SIGMA_DATA, levels[done]!);
        const pixels = Float32Array.from(x, (value) => value * scale);
        onStep({ done, steps, evaluations: Math.min(2 * done, 2 * steps - 1), milliseconds, pixels });
        // Not counted: the page draws, and may stop the run.
        await nextTurn();
        start = performance.now();
      },
    });
    return { pixels: Float32Array.from(images), milliseconds, evaluations };
  } finally {
    labels?.dispose();
  }
}
