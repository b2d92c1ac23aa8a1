import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const WRITER = fileURLToPath(new URL('published_gans.py', import.meta.url));

/** A published GAN to write, with random weights. */
export interface PickledGan {
  /** Name of the file. */
  name: string;
  architecture: 'skip' | 'orig' | 'resnet';
  /** Architecture of the discriminator. Default: `resnet`. */
  discriminator?: 'skip' | 'orig' | 'resnet';
  resolution: number;
  channels: number;
  /** Number of classes; 0 for an unconditional GAN. */
  labels: number;
  /** Channels of the first blocks. */
  width: number;
  /** Number of frozen layers of the discriminator. */
  frozen?: number;
  /** Entries that are left out of the file. */
  leave?: readonly string[];
}

/** Writes GANs as the published code pickles them, with PyTorch. @throws with what Python printed, if it fails */
export function writePickledGans(python: string, folder: string, gans: readonly PickledGan[]): void {
  const { status, stderr } = spawnSync(python, [WRITER, folder], { input: JSON.stringify(gans), encoding: 'utf8' });
  if (status !== 0 || stderr !== '') throw new Error(stderr);
}
