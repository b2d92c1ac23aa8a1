/**
 * Installs what the tests with several processes need: Open MPI and MPICH, from Debian's packages, as root. The npm package koffi
 * comes with `npm ci`.
 *
 *   npm run setup:mpi
 *   npm run setup:mpi -- --optional    exits with 0 if they cannot be installed; the tests that need them are skipped then
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { LAUNCHERS, whyNoMpi, type MpiName } from '../test-support/mpi.js';

const PACKAGES = ['openmpi-bin', 'libopenmpi-dev', 'mpich', 'iproute2'];
const names = Object.keys(LAUNCHERS) as MpiName[];
const isMissing = () => names.some((name) => whyNoMpi(name) !== null);

const { optional } = parseArgs({ options: { optional: { type: 'boolean', default: false } } }).values;
if (isMissing() && process.getuid?.() === 0) {
  for (const args of [
    ['update', '-qq'],
    ['install', '-y', '-qq', '--no-install-recommends', ...PACKAGES],
  ]) {
    spawnSync('apt-get', args, { stdio: 'ignore', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  }
}
for (const name of names) console.log(`${name}: ${whyNoMpi(name) ?? 'installed'}`);
if (isMissing()) {
  console.log(`Not installed: MPI. As root on Debian or Ubuntu: apt-get install ${PACKAGES.join(' ')}`);
  if (!optional) process.exitCode = 1;
}
