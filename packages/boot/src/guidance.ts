import type * as tf from '@tensorflow/tfjs-core';
import { denoiseGuided, type Denoiser, type GuidanceOfBatch } from '@onestep/diffusion-core';
import type { SignalPredictor } from './signal-ode.js';

/**
 * Conditions of a batch.
 *
 * @internal
 */
export interface GuidedConditions {
  /** [N, labelDim] */
  labels?: tf.Tensor2D;
  /** [N] scales; left out, one scale for all, or no guidance. */
  guidance?: tf.Tensor1D;
}

/** The guidance of a teacher. Where the scale is null, each image of a batch has its own. */
export type TeacherGuidance = Omit<GuidanceOfBatch, 'scale'> & { scale: number | null };

/**
 * The teacher's f with guidance, f = f_0 + w (f_c - f_0), where f_c gets the labels. f_0 does not (Ho & Salimans 2022), or is a
 * weaker network's.
 *
 * @param conditions of a batch, with the scales where they differ
 * @param settings left out, no guidance but that of the conditions
 */
export function guidedTeacher(
  teacher: Denoiser,
  { labels, guidance }: GuidedConditions,
  settings: TeacherGuidance = { scale: null },
): SignalPredictor {
  const scale = guidance ?? settings.scale;
  return (x, sigma) => {
    if (scale === null) return teacher.denoise(x, sigma, { labels });
    return denoiseGuided(teacher, { ...settings, scale }, x, sigma, { labels });
  };
}
