import { resolve } from 'node:path';
import { onFirstRank, type Communicator, type DenoiserNetwork } from '@onestep/diffusion-core';
import { readTrainingOptions } from '@onestep/diffusion-core/node';
import { checkSharedFolder } from '../../images/sample-folders.js';
import { NotMeasurable } from '../../evaluation/detector.js';
import { recordedTeacher, runInFolder, type ShortRun } from '../../short-run/short-run.js';
import { UserError } from '../../user-error.js';
import { fileDigests, openBasis, type Basis } from '../basis.js';
import { findCuts } from '../paper/cuts.js';
import { endOf, type MeasuredCell } from '../paper/measured-cell.js';
import type { PaperResults } from '../paper/results.js';
import { toPaperResults } from '../paper/to-results.js';
import { writePaper } from '../paper/write-paper.js';
import { budgetText } from './budget.js';
import { seedsOf } from './cell.js';
import type { CellComparison, CellOptions } from './cell-options.js';
import { fidMetric, recallMetric } from './measure-figures.js';
import type { RunCommand } from './run-command.js';
import { measureSteps } from './measure-steps.js';
import { measureBaselines } from './teacher-baselines.js';
import { trainSeed, type Trained } from './train-seed.js';
import { writeNote } from '../../terminal/output-mode.js';

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

/**
 * Trains each method with each seed on the same budget, measures the students and the teacher, and writes the tables. Each training is
 * an ordinary run of `onestep distill` in a folder of its own. The same command goes on where it was stopped.
 *
 * @param run runs the trainings
 * @param communicator the processes that share the trainings and the measurements
 * @returns the results, or null if it was interrupted
 */
export async function runCells(
  options: CellOptions,
  run: RunCommand,
  communicator: Communicator,
): Promise<PaperResults | null> {
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
    ...pick(options, [
      'generator',
      'data',
      'prompts',
      'textEncoder',
      'textPooling',
      'ref',
      'detector',
      'resize',
      'encoder',
      'refMadeBy',
      'classProbabilities',
      'guidance',
      'guidanceWhere',
      'guidanceInterval',
      'guidanceLimit',
      'negativePrompt',
      'guidanceNetwork',
      'backend',
    ]),
  });
  const { teacher: before } = (await readTrainingOptions(options.outdir)) ?? {};
  const isSamePlace = typeof before === 'string' && resolve(before) === resolve(options.teacher);
  const mayChange = isSamePlace ? [...MAY_CHANGE, 'teacher'] : MAY_CHANGE;
  const files = await fileDigests(options);
  let basis: Basis | undefined;
  const open = async (teacher: DenoiserNetwork, signal: AbortSignal) => {
    basis = await openMeasurableBasis(options, teacher, communicator);
    for (const note of basis.notes) writeNote(note);
    return basis.openEvaluator(signal);
  };
  const work = async (opened: ShortRun<CellOptions>) => {
    const comparison: CellComparison = { ...opened, basis: basis! };
    await checkSharedFolder(options.outdir, communicator);
    const teacherRows = await measureBaselines(comparison);
    const trained: Trained = { cells: [], failed: [] };
    let results: PaperResults | null = null;
    for (const seed of seedsOf(options)) {
      if (!(await trainSeed(comparison, run, seed, trained))) return null;
      const { cells, failed } = trained;
      if (cells.length === 0) continue;
      // Whoever waits for the last seed finds the tables of those before.
      const cuts = findCuts(options.budget, cells.map(endOf));
      const measured: MeasuredCell[] = [];
      for (const cell of cells) measured.push(await measureSteps(comparison, cell, cuts));
      results = toPaperResults(comparison, { cells: measured, failed, cuts, teacherRows });
      const found = results;
      await onFirstRank(communicator, () => writePaper(comparison, found, measured, record()));
    }
    if (results !== null) return results;
    throw new UserError(`No training succeeded. ${trained.failed.map(({ message }) => message).join(' ')}`);
  };
  try {
    return await runInFolder(options, { record, mayChange, files, open, communicator }, work);
  } finally {
    basis?.dataset?.close();
  }
}

/** Opens the basis with precision and recall, or without them where there are no real images to compare with. */
async function openMeasurableBasis(
  options: CellOptions,
  teacher: DenoiserNetwork,
  communicator: Communicator,
): Promise<Basis> {
  const { num, detector, pairs } = options;
  const fid = fidMetric(num);
  const hasPairs = pairs > 0;
  try {
    return await openBasis(options, teacher, { metrics: [fid, recallMetric(num, detector)], hasPairs, communicator });
  } catch (error) {
    if (!(error instanceof NotMeasurable) || options.data !== undefined) throw error;
    const basis = await openBasis(options, teacher, { metrics: [fid], hasPairs, communicator });
    const note = 'Precision and recall are left out: they compare with real images. Give --data ZIP.';
    return { ...basis, notes: [...basis.notes, note] };
  }
}

function pick<T extends object, K extends keyof T>(object: T, names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(names.map((name) => [name, object[name]])) as Pick<T, K>;
}
