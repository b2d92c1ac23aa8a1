import { setAside } from '../set-aside.js';
import { cellArguments, type CellSetting } from './cell-arguments.js';
import { cellName, type Cell } from './cell.js';
import { nextLeg, type LegPlan } from './next-leg.js';
import { runProgram } from './program-process.js';
import { readTraining, type TrainingRecord } from './training-record.js';
import { waitForRun } from './wait-for-run.js';

/** Arguments of {@link trainCell}. */
export interface TrainCellArgs {
  cell: Cell;
  setting: CellSetting;
  plan: LegPlan;
  /** Digests of the files that it is trained with. A training with others is set aside. */
  digests: Readonly<Record<string, string>>;
  /** How this program is started, for the processes that train. */
  program: readonly string[];
  log: (text: string) => Promise<void>;
  /** Called once if there is something to train. */
  onStart: (record: TrainingRecord) => Promise<void>;
  /** Called with each line of the training. */
  onLine: (line: string) => void;
  signal: AbortSignal;
}

/**
 * Trains a cell to the end of its budget with `onestep distill`, in processes of its own. A cell that was stopped goes on; one that is
 * complete is left alone.
 *
 * @returns what was trained, or null if the signal stopped it
 * @throws ProgramFailed if the training fails; UserError if its folder is damaged
 */
export async function trainCell(args: TrainCellArgs): Promise<TrainingRecord | null> {
  const { cell, setting, plan, digests, program, log, onStart, onLine, signal } = args;
  const tell = (line: string) => onLine(`${cellName(cell)}: ${line}`);
  await waitForRun(cell.folder, (pid) => tell(`waiting for process ${pid} to stop`), signal);
  await setAside(cell.folder, digests, log);
  let hasStarted = false;
  for (;;) {
    const record = await readTraining(cell.folder);
    const leg = nextLeg(record, plan);
    if (leg === null) return record;
    if (!hasStarted) await onStart(record);
    hasStarted = true;
    if (!(await runProgram({ program, args: cellArguments(cell, leg, setting), onLine: tell, signal }))) return null;
  }
}
