import { RunError } from '@onestep/diffusion-core/node';
import { digestOf } from '../../files/digest-of.js';
import { DeadTraining } from '../../training/train.js';
import { UserError } from '../../user-error.js';
import type { MeasuredCell } from '../paper/measured-cell.js';
import type { FailedCell } from '../paper/results.js';
import { cellName, listCells, type Cell } from './cell.js';
import type { CellComparison } from './cell-options.js';
import { makeCellPairs } from './make-pairs.js';
import { measureCell } from './measure-cell.js';
import { ProgramFailed } from './program-process.js';
import type { RunCommand } from './run-command.js';
import { trainCell } from './train-cell.js';

/** What has been trained so far. */
export interface Trained {
  cells: MeasuredCell[];
  failed: FailedCell[];
}

/**
 * Trains all methods with a seed, and measures them with one network evaluation. A training that fails does not stop the others; where
 * processes share it, only one that dies of NaN does not.
 *
 * @param trained gets what was trained, and what failed
 * @returns false if the signal stopped it
 */
export async function trainSeed(
  comparison: CellComparison,
  run: RunCommand,
  seed: number,
  trained: Trained,
): Promise<boolean> {
  const { options, basis, signal, communicator, log } = comparison;
  // With several processes, an error may be that of one process alone. NaN is the only one that all processes share.
  const mayFail = communicator.size > 1 ? [DeadTraining] : [ProgramFailed, UserError, RunError];
  for (const cell of listCells(options.outdir, Object.keys(basis.recipes), seed)) {
    try {
      const measured = await trainAndMeasure(comparison, run, cell);
      if (measured === null) return false;
      trained.cells.push(measured);
    } catch (error) {
      const isExpected = mayFail.some((kind) => error instanceof kind);
      if (signal.aborted || !isExpected) throw error;
      const message =
        `The training in ${cell.folder} failed: ${(error as Error).message} If it cannot be mended, move the folder away: the ` +
        'same command trains it again.';
      trained.failed.push({ ...cell, message });
      await log(`${cellName(cell)}: ${message}`);
    }
  }
  return true;
}

/** @returns null if the signal stopped it */
async function trainAndMeasure(comparison: CellComparison, run: RunCommand, cell: Cell): Promise<MeasuredCell | null> {
  const { options, basis, digests, signal, communicator, line, log } = comparison;
  const { budget, batch, measurements } = options;
  const recipe = basis.recipes[cell.method]!;
  const onLine = (text: string) => line.update(text);
  const teacher = digests.teacher!;
  const pairs = recipe.needs.includes('pairs')
    ? await makeCellPairs(options, { teacher, run, signal, onLine, log, communicator })
    : undefined;
  if (pairs === null) return null;
  const secondsBefore = pairs?.seconds ?? 0;
  const record = await trainCell({
    cell,
    setting: { options, recipe, pairs: pairs?.folder ?? null },
    plan: { budget, batch, measurements, secondsBefore },
    // By the names under which the training records them.
    digests: {
      'command_line.edmModel': teacher,
      ...(digests.prompts !== undefined && { 'command_line.prompts': digests.prompts }),
      ...(digests.textEncoder !== undefined && { 'command_line.textEncoder': digests.textEncoder }),
      ...(recipe.file !== undefined && { method: await digestOf(recipe.file) }),
    },
    run,
    communicator,
    log,
    onStart: ({ moments }) =>
      log(`${cellName(cell)}: distilling${moments.length > 0 ? `, from ${moments.at(-1)!.kimg} kimg on` : ''}`),
    onLine,
    signal,
  });
  if (record === null) return null;
  const points = await measureCell({ comparison, cell, moments: record.moments, calls: 1, secondsBefore });
  return { cell, record, secondsBefore, curves: new Map([[1, points]]) };
}
