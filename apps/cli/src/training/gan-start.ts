import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { openTorchFile } from '@onestep/checkpoint/node';
import { checkStart, PUBLISHED_STARTS, publishedGan, type GanRecipe, type PublishedGan } from '@onestep/stylegan2';
import { networkPath } from '../networks/network-source.js';
import { UserError } from '../user-error.js';
import type { GanTrainOptions } from './gan-train-options.js';
import { resumesWhatIsThere } from './run-options.js';

/**
 * The published --resume names a file with networks, which are trained further in a new run; --resume of the other commands names a
 * run, which goes on.
 */
export function separatePublished(command: Command): void {
  const { resume, outdir } = command.opts<GanTrainOptions>();
  if (resume === undefined || resumesWhatIsThere({ resume, outdir })) return;
  if (existsSync(resume) && !resume.endsWith('.pkl')) return;
  if (!/\.pkl$|^noresume$/.test(resume) && !isStartName(resume)) {
    if (/[/\\]|^latest$/.test(resume)) return;
    const names = Object.keys(PUBLISHED_STARTS).join(', ');
    throw new UserError(
      `--resume: there is no ${resume}. Give the folder of a run, a published file NAME.pkl or its address, noresume, or one of ${names}.`,
      2,
    );
  }
  command.setOptionValueWithSource('resume', undefined, 'default');
  if (resume !== 'noresume') command.setOptionValueWithSource('resumePkl', resume, 'cli');
}

/** Finds the file of a published GAN: by its path, its address, or the name that the published script gives it. */
export function findStart(source: string): Promise<string> {
  return networkPath(isStartName(source) ? PUBLISHED_STARTS[source]! : source);
}

/** Whether the published script has such a name for one of its files. */
export const isStartName = (name: string): boolean => Object.hasOwn(PUBLISHED_STARTS, name);

/**
 * Reads a published GAN that a training starts from.
 *
 * @param source see {@link findStart}
 * @throws CheckpointError if it is no GAN; RangeError naming options with which the training does not fit it
 */
export async function openStart(source: string, { generator }: GanRecipe): Promise<PublishedGan> {
  const path = await findStart(source);
  const published = publishedGan(await openTorchFile(path), source);
  checkStart(generator, published, source);
  return published;
}
