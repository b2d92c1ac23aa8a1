import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError, type Safetensors } from '@onestep/checkpoint';
import { openSafetensors } from '@onestep/checkpoint/node';
import { readEmaRecord, type EmaRecord } from '../../ema/ema-history.js';
import type { EmaLength } from '../../ema/ema-length.js';
import { recordedDecays, trainingSteps, type EmaProfile, type TrainingSteps } from '../../ema/ema-profile.js';
import { parseSnapshotName } from '../snapshot-name.js';

/** An average of weights in the file of a snapshot. */
export interface StoredEma {
  path: string;
  /** The file; its tensors are read when they are needed. */
  contents: Safetensors;
  record: EmaRecord;
  profile: EmaProfile;
}

/** Averages of the weights of one training. */
export interface StoredEmas {
  /** In the order of their times. */
  averages: readonly StoredEma[];
  /** The training, up to the newest of them. */
  steps: TrainingSteps;
}

/**
 * Opens the averages that a training stored.
 *
 * @param sources snapshots, or one folder of a run
 * @throws CheckpointError naming a file that is not a snapshot with a record of its average, or is of another training
 */
export async function openStoredEmas(sources: readonly string[]): Promise<StoredEmas> {
  const paths = sources.length === 1 && (await isFolder(sources[0]!)) ? await snapshotsIn(sources[0]!) : sources;
  const opened = [...new Set(paths)].map(openStored).sort((a, b) => a.record.images - b.record.images);
  const newest = opened.at(-1);
  if (newest === undefined) throw new RangeError('There are no snapshots: pass a folder of a run, or files.');
  const steps = trainingSteps(newest.record.history, newest.record.images);
  // Snapshots of one average share its decays.
  const decays = new Map<string, Float64Array>();
  const averages = opened.map((stored) => {
    checkSameTraining(stored, newest, steps);
    const { history, images } = latest(stored, opened);
    const key = JSON.stringify(history);
    decays.set(key, decays.get(key) ?? recordedDecays(history, images));
    const own = trainingSteps(stored.record.history, stored.record.images);
    return { ...stored, profile: { decays: decays.get(key)!, steps: own.images.length } };
  });
  return { averages, steps };
}

/** The lengths that averages had when they were taken, each once. */
export function lengthsOf(averages: readonly StoredEma[]): EmaLength[] {
  const texts = averages.map(({ record }) => JSON.stringify(record.history.at(-1)!.length));
  return [...new Set(texts)].map((text) => JSON.parse(text) as EmaLength);
}

type Opened = Omit<StoredEma, 'profile'>;

function openStored(path: string): Opened {
  const contents = openSafetensors(path);
  const record = readEmaRecord(contents.metadata);
  if (record === null) {
    throw new CheckpointError(
      path,
      'it does not say how its weights were averaged: it is not a snapshot of a run, or of one begun with an earlier version',
    );
  }
  if (record === undefined) throw new CheckpointError(path, 'its record of how its weights were averaged is damaged');
  if ('reconstructed' in record) {
    throw new CheckpointError(path, 'it was reconstructed from snapshots: pass those of the run themselves');
  }
  return { path, contents, record };
}

/** The newest record of the same average. */
function latest({ record }: Opened, all: readonly Opened[]): EmaRecord {
  const history = JSON.stringify(record.history);
  return all.findLast((other) => JSON.stringify(other.record.history) === history)!.record;
}

/** @throws CheckpointError naming the file unless both averages are of one training, and one network */
function checkSameTraining({ path, record, contents }: Opened, newest: Opened, steps: TrainingSteps): void {
  const fail = (what: string): never => {
    throw new CheckpointError(path, `${what}: it is of another training than ${newest.path}`);
  };
  const own = trainingSteps(record.history, record.images);
  if (record.seed !== newest.record.seed) fail(`its run has the seed ${record.seed}, not ${newest.record.seed}`);
  if (own.images.some((images, k) => images !== steps.images[k])) fail('its steps had other batches');
  const [mine, theirs] = [contents.tensors, newest.contents.tensors];
  const other = Object.keys({ ...mine, ...theirs }).find(
    (name) => mine[name]?.shape.join() !== theirs[name]?.shape.join() || mine[name]?.dtype !== theirs[name]?.dtype,
  );
  if (other !== undefined) fail(`its tensor ${other} is not the same in shape and type`);
}

async function snapshotsIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => parseSnapshotName(name) !== null).sort();
  if (names.length === 0) throw new CheckpointError(folder, 'it has no snapshots; name the folder of a run, or files');
  return names.map((name) => join(folder, name));
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
