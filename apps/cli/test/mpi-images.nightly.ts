import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programArguments } from '../../../test-support/program.js';
import { runCli } from './support/cli.js';
import { writeTinyTeacher } from './support/tiny-files.js';

const PROGRAM = await programArguments('apps/cli/src/main.ts');
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const hasMpi = spawnSync('mpirun', ['--version']).status === 0;
if (!hasMpi) console.log('Skipped: there is no mpirun (apt-get install openmpi-bin libopenmpi-dev).');

/** Runs the program in processes of MPI. */
function runShared(count: number, args: readonly string[]) {
  const root = { OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1' };
  return spawnSync('mpirun', ['-n', String(count), process.execPath, ...PROGRAM, ...args], {
    cwd: ROOT,
    env: { ...process.env, ...root, OMPI_MCA_rmaps_base_oversubscribe: '1', NO_COLOR: '1' },
    encoding: 'utf8',
  });
}

describe.skipIf(!hasMpi)('on MPI', () => {
  let folder: string;
  let network: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'onestep-mpi-images-'));
    network = await writeTinyTeacher(folder);
  });
  afterAll(() => rm(folder, { recursive: true }));
  const contentsOf = async (name: string) =>
    Promise.all(
      (await readdir(join(folder, name)))
        .sort()
        .map(async (file) => [file, await readFile(join(folder, name, file), 'hex')]),
    );

  it('onestep generate writes the files of one process', async () => {
    const args = (name: string) => [
      ...['generate', `--network=${network}`, '--init-sigma=2.5', `--outdir=${join(folder, name)}`],
      ...['--seeds=0-20', '--batch=4', '--num=10', `--grid=${join(folder, name, 'grid.png')}`],
    ];
    const alone = await runCli(args('alone'));
    expect(alone.code).toBe(0);
    for (const count of [2, 3]) {
      const { status, stdout, stderr } = runShared(count, args(`shared-${count}`));
      expect([status, stderr]).toEqual([0, alone.stderr]);
      expect(stdout.match(/21 images in /g)).toHaveLength(1);
      expect(await contentsOf(`shared-${count}`)).toEqual(await contentsOf('alone'));
    }
  });

  it('onestep metrics calc gives the numbers of one process', async () => {
    const args = ['metrics', 'calc', `--network=${network}`, '--init-sigma=2.5', '--batch=8', '--json'];
    const named = [...args, '--metrics=fid20_edm,is20'];
    const valuesOf = (stdout: string) =>
      Object.assign(
        {},
        ...stdout
          .trimEnd()
          .split('\n')
          .map((line) => (JSON.parse(line) as { results: Record<string, number> }).results),
      ) as Record<string, number>;
    const alone = valuesOf((await runCli(named)).stdout);
    const { status, stdout } = runShared(2, named);
    expect(status).toBe(0);
    const shared = valuesOf(stdout);
    expect(shared).toEqual({ ...alone, fid20_edm: shared.fid20_edm });
    expect(Math.abs(shared.fid20_edm! / alone.fid20_edm! - 1)).toBeLessThan(1e-9);
  });

  it('a mistake is told once', () => {
    const { status, stderr } = runShared(2, [
      'generate',
      `--network=${network}`,
      '--class=77',
      '--outdir',
      join(folder, 'never'),
    ]);
    expect(status).not.toBe(0);
    expect(stderr.match(/error:/g)).toHaveLength(1);
  });
});
