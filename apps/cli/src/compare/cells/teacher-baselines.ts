import { join } from 'node:path';
import { describeScale, guidedEvaluations, SAMPLERS } from '@onestep/diffusion-core';
import { teacherImages } from '../../evaluation/generated-images.js';
import { formatNumber } from '../../terminal/format.js';
import type { TeacherRow } from '../paper/teacher-rows.js';
import { listBaselines } from './baselines.js';
import type { CellComparison } from './cell-options.js';
import { FigureStore } from './figure-store.js';
import { measureFigures } from './measure-figures.js';

/** Measures the teacher with each sampler. Figures that are known for the same files are not measured again. */
export async function measureBaselines(comparison: CellComparison): Promise<TeacherRow[]> {
  const { options, teacher, evaluator, basis, digests, communicator, line, log, signal } = comparison;
  const { outdir, num } = options;
  const store = await FigureStore.open(join(outdir, 'teacher.json'), { digests, num }, communicator);
  const rows: TeacherRow[] = [];
  for (const { sampler, steps } of listBaselines(options, guidedEvaluations(basis.guidance))) {
    const calls = guidedEvaluations(basis.guidance) * SAMPLERS[sampler].evaluations(steps);
    const scale = basis.guidance === undefined ? '' : `, guidance ${describeScale(basis.guidance.scale)}`;
    const name = `teacher, ${SAMPLERS[sampler].title}${scale}, ${calls} call${calls === 1 ? '' : 's'}`;
    const figures = await store.settle(`${sampler}/${steps}`, () => {
      const images = teacherImages('teacher', teacher, {
        sampler,
        steps,
        drawnFrom: basis.labels,
        guidance: basis.guidance,
      });
      const onProgress = (done: number) => line.update(`${name}: ${Math.round(done)}/${num} images`);
      return measureFigures({ images, evaluator, num, signal, onProgress, communicator });
    });
    await log(`${name}: FID ${formatNumber(figures.fid)}`);
    rows.push({ sampler, steps, calls, ...figures });
  }
  return rows;
}
