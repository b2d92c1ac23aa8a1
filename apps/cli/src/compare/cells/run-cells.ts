import { resolve } from 'node:path';
import type { DenoiserNetwork } from '@onestep/diffusion-core';
import { readTrainingOptions, RunError } from '@onestep/diffusion-core/node';
import { NotMeasurable } from '../../evaluation/detector.js';
import { recordedTeacher, runInFolder, type ShortRun } from '../../short-run/short-run.js';
import { UserError } from '../../user-error.js';
import { fileDigests, openBasis, type Basis } from '../basis.js';
import type { Comparison } from '../comparison.js';
import { momentsAround } from '../paper/curve.js';
import { findCuts, type Cuts } from '../paper/cuts.js';
import { endOf, type MeasuredCell } from '../paper/measured-cell.js';
import type { FailedCell, PaperResults } from '../paper/results.js';
import { toPaperResults } from '../paper/to-results.js';
import { writePaper } from '../paper/write-paper.js';
import { budgetText } from './budget.js';
import { cellName, listCells } from './cell.js';
import type { CellOptions } from './cell-options.js';
import { makeCellPairs } from './make-pairs.js';
import { measureCell, refinements } from './measure-cell.js';
import { fidMetric, recallMetric } from './measure-figures.js';
import { ProgramFailed } from './program-process.js';
import { measureBaselines } from './teacher-baselines.js';
import { trainCell } from './train-cell.js';

/** Options that may differ when a comparison is continued. */
const MAY_CHANGE = [
  'methods',
  'seeds',
  'budget',
  'measurements',
  'samplers',
  'teacherCalls',
  'studentSteps',
  'backend',
];

/** A comparison with a budget under way. */
export type CellComparison = Comparison & { options: CellOptions };

/**
 * Trains each method with each seed on the same budget, measures the students and the teacher, and writes the tables. Each training is
 * an ordinary run of `onestep distill` in a folder of its own. The same command goes on where it was stopped.
 *
 * @param program how this program is started, for the processes that train
 * @returns the results, or null if it was interrupted
 */
export async function runCells(options: CellOptions, program: readonly string[]): Promise<PaperResults | null> {
  const record = () => ({
    command: 'compare --budget',
    methods: Object.keys(basis!.recipes),
    teacher: recordedTeacher(options),
    budget: budgetText(options.budget),
    ...pick(options, [
      'seeds',
      'seed',
      'batch',
      'num',
      'measurements',
      'samplers',
      'teacherCalls',
      'studentSteps',
      'pairs',
    ]),
    ...pick(options, ['data', 'ref', 'detector', 'resize', 'encoder', 'refMadeBy', 'classProbabilities', 'backend']),
  });
  const { teacher: before } = (await readTrainingOptions(options.outdir)) ?? {};
  const isSamePlace = typeof before === 'string' && resolve(before) === resolve(options.teacher);
  const mayChange = isSamePlace ? [...MAY_CHANGE, 'teacher'] : MAY_CHANGE;
  const files = await fileDigests(options);
  let basis: Basis | undefined;
  const open = async (teacher: DenoiserNetwork, signal: AbortSignal) => {
    basis = await openMeasurableBasis(options, teacher);
    for (const note of basis.notes) console.error(note);
    return basis.openEvaluator(signal);
  };
  const work = async (run: ShortRun<CellOptions>) => {
    const comparison: CellComparison = { ...run, basis: basis! };
    const trained = await trainAll(comparison, program);
    if (trained === null) return null;
    const { cells, failed } = trained;
    if (cells.length === 0) {
      throw new UserError(`No training succeeded. ${failed.map(({ message }) => message).join(' ')}`);
    }
    const cuts = findCuts(options.budget, cells.map(endOf));
    const measured: MeasuredCell[] = [];
    for (const cell of cells) measured.push(await addSteps(comparison, cell, cuts));
    const teacherRows = await measureBaselines(comparison);
    const results = toPaperResults(comparison, { cells: measured, failed, cuts, teacherRows });
    await writePaper(comparison, results, measured, record());
    return results;
  };
  try {
    return await runInFolder(options, { record, mayChange, files, open }, work);
  } finally {
    basis?.dataset?.close();
  }
}

/** Opens the basis with precision and recall, or without them where there are no real images to compare with. */
async function openMeasurableBasis(options: CellOptions, teacher: DenoiserNetwork): Promise<Basis> {
  const { num, detector, pairs } = options;
  const fid = fidMetric(num);
  const hasPairs = pairs > 0;
  try {
    return await openBasis(options, teacher, { metrics: [fid, recallMetric(num, detector)], hasPairs });
  } catch (error) {
    if (!(error instanceof NotMeasurable) || options.data !== undefined) throw error;
    const basis = await openBasis(options, teacher, { metrics: [fid], hasPairs });
    const note = 'Precision and recall are left out: they compare with real images. Give --data ZIP.';
    return { ...basis, notes: [...basis.notes, note] };
  }
}

/** Trains all cells and measures them with one network evaluation. A training that fails does not stop the others. */
async function trainAll(
  comparison: CellComparison,
  program: readonly string[],
): Promise<{ cells: MeasuredCell[]; failed: FailedCell[] } | null> {
  const { options, basis, signal, line, log } = comparison;
  const { outdir, budget, batch, measurements, seed, seeds } = options;
  const all = Array.from({ length: seeds }, (_, i) => seed + i);
  const cells: MeasuredCell[] = [];
  const failed: FailedCell[] = [];
  for (const cell of listCells(outdir, Object.keys(basis.recipes), all)) {
    const recipe = basis.recipes[cell.method]!;
    const onLine = (text: string) => line.update(text);
    try {
      const pairs = recipe.needs.includes('pairs')
        ? await makeCellPairs(options, { program, signal, onLine })
        : undefined;
      if (pairs === null) return null;
      const secondsBefore = pairs?.seconds ?? 0;
      const record = await trainCell({
        cell,
        setting: { options, recipe, pairs: pairs?.folder ?? null },
        plan: { budget, batch, measurements, secondsBefore },
        program,
        onStart: ({ moments }) =>
          log(`${cellName(cell)}: distilling${moments.length > 0 ? `, from ${moments.at(-1)!.kimg} kimg on` : ''}`),
        onLine,
        signal,
      });
      if (record === null) return null;
      const points = await measureCell({ comparison, cell, moments: record.moments, calls: 1, secondsBefore });
      cells.push({ cell, record, secondsBefore, curves: new Map([[1, points]]) });
    } catch (error) {
      if (
        signal.aborted ||
        !(error instanceof ProgramFailed || error instanceof UserError || error instanceof RunError)
      ) {
        throw error;
      }
      const message =
        `The training in ${cell.folder} failed: ${error.message} If it cannot be mended, move the folder away: the same command ` +
        'trains it again.';
      failed.push({ ...cell, message });
      await log(`${cellName(cell)}: ${message}`);
    }
  }
  return { cells, failed };
}

/** Measures a cell's student with further network evaluations, where it can take them, around the places of the tables. */
async function addSteps(comparison: CellComparison, measured: MeasuredCell, cuts: Cuts): Promise<MeasuredCell> {
  const { cell, record, secondsBefore, curves } = measured;
  const { snapshot } = record.moments.at(-1)!;
  const moments = record.moments
    .filter((moment) => moment.snapshot !== null)
    .map((moment) => ({ ...moment, seconds: secondsBefore + moment.seconds }));
  const wanted = new Set(
    (['kimg', 'seconds'] as const).flatMap((axis) => momentsAround(moments, axis, cuts[axis])).map(({ kimg }) => kimg),
  );
  const all = new Map(curves);
  for (const calls of await refinements(cell, snapshot!, comparison.options.studentSteps)) {
    const around = record.moments.filter(({ kimg }) => wanted.has(kimg));
    all.set(calls, await measureCell({ comparison, cell, moments: around, calls, secondsBefore }));
  }
  return { ...measured, curves: all };
}

function pick<T extends object, K extends keyof T>(object: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.map((name) => [name, object[name]])) as Pick<T, K>;
}
