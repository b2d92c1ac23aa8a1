import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describeScale, guidedEvaluations, onFirstRank } from '@onestep/diffusion-core';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { evaluationsOf, teacherImages } from '../evaluation/generated-images.js';
import { measureScore, type Score } from '../evaluation/scores.js';
import { readJson } from '../read-json.js';
import { formatNumber } from '../terminal/format.js';
import type { Comparison } from './comparison.js';

/** Scores of the teacher, by the number of steps of the sampler. Contents of `teacher.json`. */
export type TeacherScores = Record<number, TeacherScore>;

/** Score of the teacher at one number of steps. */
export interface TeacherScore extends Score {
  /** Seconds of sampling and measuring. */
  seconds: number;
  /** Digests of the teacher, the detector and the reference. With others, the score is measured again. */
  digests: Readonly<Record<string, string>>;
}

/** Measures the teacher at each number of steps. Each score is saved at once, and measured once for the same files. */
export async function teacherScores(comparison: Comparison): Promise<TeacherScores> {
  const { options, teacher, evaluator, basis, digests, communicator, line, log, signal } = comparison;
  const { outdir, num, teacherSteps } = options;
  const path = join(outdir, 'teacher.json');
  const scores: TeacherScores = (await onFirstRank(communicator, () => readJson<TeacherScores>(path, []))) ?? {};
  const { guidance } = basis;
  const scale = guidance === undefined ? '' : `, guidance ${describeScale(guidance.scale)}`;
  for (const steps of teacherSteps) {
    const nfe = guidedEvaluations(guidance) * evaluationsOf(steps);
    const name = `teacher, ${steps} step${steps === 1 ? '' : 's'}${scale}, NFE ${nfe}`;
    if (!isDeepStrictEqual(scores[steps]?.digests, digests)) {
      const images = teacherImages('teacher', teacher, { steps, drawnFrom: basis.labels, guidance });
      const onProgress = (done: number) => line.update(`${name}: ${Math.round(done)}/${num} images`);
      const started = performance.now();
      const score = await measureScore({ images, evaluator, numImages: num, signal, onProgress, communicator });
      scores[steps] = { ...score, seconds: (performance.now() - started) / 1000, digests };
      await onFirstRank(communicator, () => writeFileAtomically(path, `${JSON.stringify(scores, null, 2)}\n`));
    }
    await log(`${name}: FID ${formatNumber(scores[steps]!.fid)}`);
  }
  return scores;
}
