import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeSafetensors, type StateDict } from '@onestep/checkpoint';
import { programArguments } from '../../../../test-support/program.js';
import { runInside } from './run-here.js';
import { writeIdxFiles } from './tiny-files.js';

const program = await programArguments('apps/cli/src/main.ts');
const SNAPSHOT = 'network-snapshot-000000.safetensors';

/** Trainings of a tiny network in a folder of their own, with a training state after each of 24 steps. */
export class TinyTrainings {
  private constructor(readonly folder: string) {}

  static async create(): Promise<TinyTrainings> {
    const folder = await mkdtemp(join(tmpdir(), 'onestep-mpi-training-'));
    const source = await writeIdxFiles(folder, 8);
    await runInside(['dataset', 'convert', '--source', source, '--dest', join(folder, 'data.zip')]);
    return new TinyTrainings(folder);
  }

  /** Arguments of the program. */
  args(name: string): string[] {
    return [
      ...['edm', 'train', '--data', join(this.folder, 'data.zip'), '--outdir', join(this.folder, name), '--nosubdir'],
      ...['--duration=0.000096', '--cbase=4', '--cres=1,1', '--blocks=1', '--attn=16', '--augment=0', '--pictures=0'],
      ...['--batch=4', '--batch-gpu=2', '--tick=0.004', '--snap=100', '--dump=1', '--lr-ramp=0', '--seed=7'],
    ];
  }

  /** Arguments of Node for each of two ranks. */
  onTwoRanks(name: string): string[][] {
    return [this.args(name), this.args(name)].map((typed) => [...program, ...typed]);
  }

  /** The weights at the end. */
  async weightsOf(name: string): Promise<StateDict> {
    return decodeSafetensors(await readFile(join(this.folder, name, SNAPSHOT)), SNAPSHOT).tensors;
  }
}
