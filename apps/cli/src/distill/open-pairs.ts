import { fileSource } from '@onestep/checkpoint/node';
import {
  shufflePairs,
  type DenoiserNetwork,
  type Distance,
  type MethodArgs,
  type PairBatchSource,
} from '@onestep/diffusion-core';
import { networkDigest, openPairs } from '@onestep/diffusion-core/node';
import { Lpips } from '@onestep/metrics';
import { readCheckpoint } from 'onestep/node';
import { networkPath } from '../networks/network-source.js';
import { UserError } from '../user-error.js';
import type { PairOptions } from './pair-options.js';

/** The distance that compares with a network whose weights are the user's. */
const PERCEPTUAL = 'lpips';

/** What a method learns besides the teacher, from folders of pairs. */
export interface OpenedPairs extends Pick<MethodArgs<unknown>, 'pairs' | 'regression' | 'perceptual'> {
  /** Lines for the user. */
  notes: string[];
}

/** @throws UserError if a distance needs weights that were not given */
export function checkPerceptual(options: PairOptions, methodOptions: Readonly<Record<string, unknown>>): void {
  if (!isPerceptual(options, methodOptions) || options.lpips !== undefined) return;
  throw new UserError(
    `The distance ${PERCEPTUAL} compares with weights of yours: give --lpips FILE, the linear layers (vgg.pth of the package ` +
      "lpips), and --vgg16 FILE, torchvision's vgg16-397923af.pth.",
    2,
  );
}

/**
 * Opens the pairs that the options name, and the network of a perceptual distance.
 *
 * @param typed whether an option was given
 * @throws RunError if a folder has no pairs, or is not complete; UserError if its images are not such as the teacher's
 */
export async function openPairSources(
  options: PairOptions & { seed: number },
  methodOptions: Readonly<Record<string, unknown>>,
  teacher: DenoiserNetwork,
  typed: (name: string) => boolean,
): Promise<OpenedPairs> {
  const notes: string[] = [];
  const open = async (folder: string): Promise<PairBatchSource> => {
    const pairs = openPairs(folder);
    const { digest, name } = pairs.index.teacher;
    if (digest !== null && digest !== (await networkDigest(teacher))) {
      notes.push(
        `${folder}: its images were made by another network than --edm-model (by ${name}). They are learned as they are.`,
      );
    }
    return shufflePairs(pairs, options.seed);
  };
  const { pairs, regressionPairs, regressionWeight: weight, regressionDistance: distance } = options;
  const opened = {
    pairs: pairs === undefined ? undefined : await open(pairs),
    regression: regressionPairs === undefined ? undefined : { pairs: await open(regressionPairs), weight, distance },
  };
  const without = regressionPairs === undefined ? ['regressionWeight', 'regressionDistance'].filter(typed) : [];
  for (const name of without) notes.push(`--${kebab(name)} has no effect without --regression-pairs.`);
  if (isPerceptual(options, methodOptions)) return { ...opened, perceptual: await openLpips(options), notes };
  const unused = ['lpips', 'vgg16', 'lpipsResize'].filter(typed);
  for (const name of unused) notes.push(`--${kebab(name)} has no effect: no distance of this run is ${PERCEPTUAL}.`);
  return { ...opened, notes };
}

/** Whether a distance of the run is LPIPS. */
export function isPerceptual(
  { regressionPairs, regressionDistance }: PairOptions,
  methodOptions: Readonly<Record<string, unknown>>,
): boolean {
  const isRegression = regressionPairs !== undefined && regressionDistance === PERCEPTUAL;
  return isRegression || Object.values(methodOptions).includes(PERCEPTUAL);
}

async function openLpips({ lpips, vgg16, lpipsResize: resize }: PairOptions): Promise<Distance> {
  const files = [lpips, vgg16].filter((file) => file !== undefined);
  const contents = [];
  for (const file of files) contents.push(readCheckpoint(fileSource(await networkPath(file))).tensors);
  const network = new Lpips(Object.assign({}, ...contents) as (typeof contents)[0], files.join(' and '), { resize });
  return (a, b) => network.distance(a, b);
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
