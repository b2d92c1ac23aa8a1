import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeSafetensors } from '@onestep/checkpoint';
import { expect } from 'vitest';
import { startCli } from './cli.js';
import { runInside } from './run-here.js';
import { writeIdxFiles } from './tiny-files.js';

/** Largest time between the two signals, in milliseconds: some iterations. */
const LATEST_MS = 30;

/**
 * Interrupts a training that writes all the time, in which a thread decodes images, with two Ctrl-C at random moments.
 * Expects the exit code of an interrupted program, whole files under their names, and no others.
 */
export async function checkSecondInterrupt(rounds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'onestep-interrupt-'));
  try {
    const zip = join(folder, 'data.zip');
    await runInside(['dataset', 'convert', '--source', await writeIdxFiles(folder, 32), '--dest', zip]);
    for (let round = 0; round < rounds; round++) await interruptTwice(zip, join(folder, `run-${round}`), round % 2);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @param pictures 1 to draw pictures too, which takes most of the time of such a training */
async function interruptTwice(zip: string, outdir: string, pictures: number): Promise<void> {
  const size = ['--cbase=4', '--cres=1,1', '--blocks=1', '--attn=16', '--workers=1'];
  const length = [`--pictures=${pictures}`, '--batch=4', '--tick=0.004', '--snap=1', '--dump=1', '--duration=1'];
  const { child, finished } = startCli([
    'edm',
    'train',
    '--outdir',
    outdir,
    '--nosubdir',
    '--data',
    zip,
    ...size,
    ...length,
  ]);
  await new Promise<void>((resolve) =>
    child.stdout!.on('data', (text: Buffer) => {
      if (/tick [3-9]/.test(text.toString())) resolve();
    }),
  );
  child.kill('SIGINT');
  await new Promise((resolve) => setTimeout(resolve, Math.random() * LATEST_MS));
  child.kill('SIGINT');
  const { code, signal, stderr } = await finished;
  // The second signal may come when the training has just ended: then it ends a process that has nothing left to do.
  expect([[130, null], [null, 'SIGINT']], stderr).toContainEqual([code, signal]); // prettier-ignore
  const files = await readdir(outdir);
  expect(files.filter((file) => file.endsWith('.tmp'))).toEqual([]);
  for (const file of files.filter((name) => name.endsWith('.safetensors'))) {
    decodeSafetensors(await readFile(join(outdir, file)), file);
  }
}
