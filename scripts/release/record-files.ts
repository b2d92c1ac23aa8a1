/**
 * Writes small files of every kind as this version writes them, for the test that later versions open them: a data set, a
 * teacher and a student in training, reference statistics.
 *
 *   npm run release:files
 *
 * To be run once for each version that is released, before it is.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createProgram } from '../../apps/cli/src/program.js';

const root = new URL('../../', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('apps/cli/package.json', root), 'utf8')) as { version: string };
const folder = new URL(`apps/cli/test/files-of-versions/${version}/`, root);
mkdirSync(folder, { recursive: true });
process.chdir(folder.pathname);

const TRAINING = '--batch 4 --duration 0.000008 --tick 0.004 --snap 1 --dump 1 --seed 1 --pictures 0 --nosubdir';
const COMMANDS = [
  'dataset shapes --dest data.zip --num 8 --resolution 8 --overwrite',
  `edm train --data data.zip --cond captions --caption-slots 0 --cbase 4 --cres 1 --blocks 1 --attn 0 --lr-ramp 0 --augment 0 ${TRAINING} --outdir teacher`,
  `distill sid --edm-model teacher --prompts data.zip --metrics none ${TRAINING} --outdir student`,
  'metrics ref --data data.zip --dest reference.npz',
];
for (const name of ['teacher', 'student', 'reference.npz']) rmSync(name, { recursive: true, force: true });
for (const command of COMMANDS) await (await createProgram([])).parseAsync(command.split(' '), { from: 'user' });
for (const run of ['teacher', 'student']) {
  rmSync(`${run}/report.html`);
  // Paths become relative to this folder: the test copies it.
  for (const name of ['training_options.json', 'log.txt']) {
    const path = `${run}/${name}`;
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(folder.pathname, ''));
  }
}
