import { join } from 'node:path';
import type { OneStepGenerator } from 'onestep';
import { NonFiniteImagesError } from '@onestep/diffusion-core';
import { studentImages } from '../../evaluation/generated-images.js';
import { loadGeneratorModel } from '../../networks/load-network.js';
import { formatNumber } from '../../terminal/format.js';
import type { CurvePoint } from '../paper/curve.js';
import { cellName, type Cell } from './cell.js';
import type { CellComparison } from './cell-options.js';
import { FigureStore } from './figure-store.js';
import { measureFigures } from './measure-figures.js';
import type { Moment } from './training-record.js';

/** Arguments of {@link measureCell}. */
export interface MeasureCellArgs {
  comparison: CellComparison;
  cell: Cell;
  /** When the student is measured; moments without a snapshot are left out. */
  moments: readonly Moment[];
  /** Network evaluations of an image. */
  calls: number;
  secondsBefore: number;
}

/**
 * Measures a cell's snapshots. Figures that are known for the same files are not measured again. A student whose images are NaN has no
 * figures.
 */
export async function measureCell({
  comparison,
  cell,
  moments,
  calls,
  secondsBefore,
}: MeasureCellArgs): Promise<CurvePoint[]> {
  const { options, evaluator, basis, digests, communicator, line, log, signal } = comparison;
  const { num } = options;
  const store = await FigureStore.open(join(cell.folder, 'measurements.json'), { digests, num }, communicator);
  const points: CurvePoint[] = [];
  for (const { kimg, seconds, snapshot } of moments) {
    if (snapshot === null) continue;
    const name = `${cellName(cell)}, ${kimg} kimg${calls === 1 ? '' : `, ${calls} calls`}`;
    const measure = async () => {
      const model = await loadGeneratorModel(join(cell.folder, snapshot));
      try {
        const levels = calls === 1 ? undefined : model.levelsOf({ steps: calls })!;
        const images = studentImages(name, model.generator, { drawnFrom: basis.labels, levels });
        const onProgress = (done: number) => line.update(`${name}: ${Math.round(done)}/${num} images`);
        const found = await measureFigures({ images, evaluator, num, signal, onProgress, communicator });
        await log(`${name}: FID ${formatNumber(found.fid)}`);
        return found;
      } finally {
        model.dispose();
      }
    };
    try {
      const figures = await store.settle(`${Math.round(kimg * 1000)}/${calls}`, measure);
      points.push({ kimg, seconds: secondsBefore + seconds, ...figures });
    } catch (error) {
      if (!(error instanceof NonFiniteImagesError)) throw error;
      await log(`${name}: ${error.message}`);
    }
  }
  return points;
}

/**
 * Finds which numbers of network evaluations a cell's student can take.
 *
 * @param snapshot file of the student
 * @param calls those asked for
 * @returns those above 1 that it can take; one network evaluation makes an image with any student
 */
export async function refinements({ folder }: Cell, snapshot: string, calls: readonly number[]): Promise<number[]> {
  const several = calls.filter((count) => count > 1);
  if (several.length === 0) return [];
  const model = await loadGeneratorModel(join(folder, snapshot));
  try {
    return several.filter((count) => canTake(model, count));
  } finally {
    model.dispose();
  }
}

function canTake(model: OneStepGenerator, steps: number): boolean {
  try {
    return model.levelsOf({ steps }) !== null;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
