import { join } from 'node:path';
import { readSafetensors } from '@onestep/checkpoint/node';
import type { TrainingLabels } from '@onestep/diffusion-core';
import { runHere } from './run-here.js';

const SIZE = ['--cbase=4', '--cres=1,1', '--blocks=1', '--attn=1', '--batch=4', '--augment=0', '--dropout=0'];
/** One step of training, with a folder of its own. */
export const ONE_STEP = ['--duration=0.000004', '--tick=0.004', '--snap=1', '--dump=1', '--seed=0', '--nosubdir'];

/**
 * Trains a tiny diffusion model for one step with `onestep edm train`.
 *
 * @param folder of the run
 * @returns the path of its snapshot, and what was said
 */
export async function trainTinyNetwork(folder: string, data: string, ...options: string[]) {
  const { stderr } = await runHere([
    'edm',
    'train',
    '--outdir',
    folder,
    '--data',
    data,
    ...SIZE,
    ...ONE_STEP,
    ...options,
  ]);
  return { path: join(folder, 'network-snapshot-000000.safetensors'), stderr };
}

/** The settings in a network's file. */
export async function settingsOf(path: string): Promise<Record<string, unknown> & { labels?: TrainingLabels }> {
  const { metadata } = await readSafetensors(path);
  return JSON.parse(metadata.onestep!) as Record<string, unknown>;
}
