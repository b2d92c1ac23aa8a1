import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CheckpointError } from '@onestep/checkpoint';
import { writeSafetensors } from '@onestep/checkpoint/node';
import { emaMetadata, type ReconstructedEma } from '../../ema/ema-history.js';
import { describeEma, type EmaLength } from '../../ema/ema-length.js';
import { decaysOf, type TrainingSteps } from '../../ema/ema-profile.js';
import { profileFitter } from '../../ema/fit-profile.js';
import { combineWeights, type WeightedFile } from './combine-weights.js';
import { describeRepresentable } from './representable.js';
import { lengthsOf, openStoredEmas, type StoredEma } from './stored-emas.js';

/** Largest error of a profile that is accepted by default. */
export const MAX_EMA_ERROR = 0.1;

/** Arguments of {@link reconstructEma}. */
export interface ReconstructEmaArgs {
  /** Snapshots of one training, or one folder of a run. */
  sources: readonly string[];
  /**
   * The length that is wanted. A half-life without `rampUpRatio` has that of the stored averages, or 0.05 if they have none or
   * several.
   */
  length: EmaLength | { halfLifeKimg: number };
  /** The time that is wanted, in thousands of images. Default: that of the newest snapshot. */
  atKimg?: number;
  /** The file to write. */
  dest: string;
  /** Whether `dest` is replaced if it exists. Default: false. */
  overwrite?: boolean;
  /** Largest error of the profile, see {@link ReconstructedEma}. Default: 0.1. */
  maxError?: number;
}

/** What {@link reconstructEma} wrote. */
export interface Reconstruction extends ReconstructedEma {
  /** The snapshots that were combined, and their coefficients, which sum to 1. */
  parts: readonly { path: string; coefficient: number }[];
}

/**
 * Computes the weights that an EMA of another length would have had, from averages that a training stored: post-hoc EMA
 * (Karras et al. 2024, section 3.2). The result is a network file like those that it came from. One tensor is in memory at a
 * time.
 *
 * @throws RangeError if the stored averages cannot represent it, or the time is not in the training; CheckpointError naming a file
 *   that cannot be used. Nothing is written then
 */
export async function reconstructEma(args: ReconstructEmaArgs): Promise<Reconstruction> {
  const { dest, maxError = MAX_EMA_ERROR } = args;
  const { averages, steps } = await openStoredEmas(args.sources);
  await checkDestination(args, averages);
  const length = completeLength(args.length, averages);
  const at = findStep(args.atKimg, averages, steps);
  const fit = profileFitter(averages.map(({ profile }) => profile));
  const { coefficients, error } = fit({ decays: decaysOf(length, steps), steps: at });
  if (!(error <= maxError)) {
    const kimg = steps.images[at - 1]! / 1000;
    const stored = averages.length === 1 ? '1 stored EMA' : `${averages.length} stored EMAs`;
    throw new RangeError(
      `The ${stored} cannot represent ${describeEma(length)} at ${kimg} kimg: its profile would be off ` +
        `by ${percent(error)}, and at most ${percent(maxError)} is accepted. ` +
        describeRepresentable({ fit, steps, at, averages, maxError }),
    );
  }
  const parts = averages
    .map(({ path, contents }, i) => ({ path, contents, coefficient: coefficients[i]! }))
    .filter(({ coefficient }) => coefficient !== 0);
  const record = {
    images: steps.images[at - 1]!,
    length,
    reconstructed: { error, from: parts.length },
  };
  const files = parts.map(({ path, contents: { tensors }, coefficient }) => ({ path, tensors, coefficient }));
  const { metadata } = closest(averages, record.images).contents;
  const contents = {
    tensors: combineWeights(files as [WeightedFile, ...WeightedFile[]]),
    metadata: { ...metadata, ...emaMetadata(record) },
  };
  await writeSafetensors(dest, contents);
  return { ...record, parts: parts.map(({ path, coefficient }) => ({ path, coefficient })) };
}

/** Adds the ramp-up of the stored averages to a half-life. */
function completeLength(length: ReconstructEmaArgs['length'], averages: readonly StoredEma[]): EmaLength {
  if (!('halfLifeKimg' in length) || 'rampUpRatio' in length) return length;
  const ratios = lengthsOf(averages).flatMap((each) => ('halfLifeKimg' in each ? [each.rampUpRatio] : []));
  return { ...length, rampUpRatio: new Set(ratios).size === 1 ? ratios[0]! : 0.05 };
}

/** The step after which a time is reached: that of a snapshot with this number, or the last one until then. */
function findStep(atKimg: number | undefined, averages: readonly StoredEma[], { images }: TrainingSteps): number {
  if (atKimg === undefined) return images.length;
  const stored = averages.findLast(({ record }) => Math.floor(record.images / 1000) === atKimg);
  if (stored !== undefined) return stored.profile.steps;
  const step = images.findLastIndex((seen) => seen <= atKimg * 1000) + 1;
  if (step > 0 && atKimg * 1000 < images.at(-1)! + 1000) return step;
  const [from, to] = [images[0]!, images.at(-1)!].map((seen) => seen / 1000);
  throw new RangeError(`The snapshots are of a training from ${from} to ${to} kimg, and not of ${atKimg} kimg.`);
}

function closest(averages: readonly StoredEma[], images: number): StoredEma {
  const distance = ({ record }: StoredEma) => Math.abs(record.images - images);
  return averages.reduce((best, each) => (distance(each) < distance(best) ? each : best));
}

/** @throws CheckpointError if something stands in the way */
async function checkDestination(
  { dest, overwrite = false }: ReconstructEmaArgs,
  averages: readonly StoredEma[],
): Promise<void> {
  const folder = await stat(dirname(dest)).catch(() => null);
  if (folder === null || !folder.isDirectory()) throw new CheckpointError(dest, `there is no folder ${dirname(dest)}`);
  const existing = await stat(dest).catch(() => null);
  if (existing === null) return;
  if (!existing.isFile()) throw new CheckpointError(dest, 'it is a folder, and a file is to be written');
  const sources = await Promise.all(averages.map(({ path }) => stat(path)));
  if (sources.some(({ dev, ino }) => dev === existing.dev && ino === existing.ino)) {
    throw new CheckpointError(dest, 'it is one of the snapshots; give another name');
  }
  if (!overwrite) {
    throw new CheckpointError(dest, 'it exists; give --overwrite (overwrite: true) to replace it, or another name');
  }
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}
