import { onFirstRank, type Communicator } from '@onestep/diffusion-core';
import { setAside } from '../set-aside.js';
import { cellArguments, type CellSetting } from './cell-arguments.js';
import { cellName, type Cell } from './cell.js';
import { nextLeg, type LegPlan } from './next-leg.js';
import type { RunCommand } from './run-command.js';
import { readTraining, type TrainingRecord } from './training-record.js';
import { waitForRun } from './wait-for-run.js';

/** Arguments of {@link trainCell}. */
export interface TrainCellArgs {
  cell: Cell;
  setting: CellSetting;
  plan: LegPlan;
  /** Digests of the files that it is trained with. A training with others is set aside. */
  digests: Readonly<Record<string, string>>;
  run: RunCommand;
  /** The processes that share the training; process 0 has its folder. */
  communicator: Communicator;
  log: (text: string) => Promise<void>;
  /** Called once if there is something to train. */
  onStart: (record: TrainingRecord) => Promise<void>;
  /** Called with each line of the training. */
  onLine: (line: string) => void;
  signal: AbortSignal;
}

/**
 * Trains a cell to the end of its budget with `onestep distill`. A cell that was stopped goes on; one that is complete is left alone.
 *
 * @returns what was trained, or null if the signal stopped it
 * @throws the error of `run` if the training fails; UserError if its folder is damaged
 */
export async function trainCell(args: TrainCellArgs): Promise<TrainingRecord | null> {
  const { cell, setting, plan, digests, run, communicator, log, onStart, onLine, signal } = args;
  const tell = (line: string) => onLine(`${cellName(cell)}: ${line}`);
  await onFirstRank(communicator, async () => {
    await waitForRun(cell.folder, (pid) => tell(`waiting for process ${pid} to stop`), signal);
    await setAside(cell.folder, digests, log);
  });
  let hasStarted = false;
  for (;;) {
    const { record, leg } = await onFirstRank(communicator, async () => {
      const found = await readTraining(cell.folder);
      return { record: found, leg: nextLeg(found, plan) };
    });
    if (leg === null) return record;
    if (!hasStarted) await onStart(record);
    hasStarted = true;
    if (!(await run(cellArguments(cell, leg, setting), { onLine: tell, signal }))) return null;
  }
}
