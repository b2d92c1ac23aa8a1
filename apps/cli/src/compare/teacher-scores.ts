import { join } from 'node:path';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { measureTeacher, type TeacherScore } from '../measuring/score.js';
import { readJson } from '../read-json.js';
import { formatNumber } from '../terminal/format.js';
import { evaluationsOf } from '../measuring/evaluations.js';
import type { Comparison } from './comparison.js';

/** Scores of the teacher, by the number of the sampler's steps. */
export type TeacherScores = Record<number, TeacherScore>;

/** Measures the teacher at every number of steps; each score is in the folder's `teacher.json` at once, and kept. */
export async function teacherScores({ options, teacher, measurement, line, say, signal }: Comparison) {
  const { outdir, num, teacherSteps } = options;
  const path = join(outdir, 'teacher.json');
  const scores: TeacherScores = (await readJson<TeacherScores>(path, [])) ?? {};
  for (const steps of teacherSteps) {
    const name = `teacher, ${steps} step${steps === 1 ? '' : 's'}, NFE ${evaluationsOf(steps)}`;
    if (scores[steps] === undefined) {
      const onProgress = (share: number) => line.update(`${name}: ${Math.round(share * num)}/${num} images`);
      scores[steps] = await measureTeacher(measurement, { teacher, steps, numImages: num }, signal, onProgress);
      await writeFileAtomically(path, `${JSON.stringify(scores, null, 2)}\n`);
    }
    await say(`${name}: FID ${formatNumber(scores[steps].fid)}`);
  }
  return scores;
}
