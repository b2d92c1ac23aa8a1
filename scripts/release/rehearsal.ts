import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publishedPackages, ROOT, type PublishedPackage } from '../published-packages.js';
import { copyTree } from './copy-tree.js';
import { startRegistry, type Registry } from './registry.js';

export interface Rehearsal {
  /** A copy of the working tree, in which the release was made. */
  copy: string;
  /** The packages with the versions that changesets gave them. */
  packages: PublishedPackage[];
  registry: Registry;
}

/**
 * Makes a release of the working tree in a copy of it: versions and changelogs by changesets, then everything published to a
 * registry in this process. The packages have to be built.
 *
 * @param folder an empty folder for the copy
 */
export async function rehearseRelease(folder: string): Promise<Rehearsal> {
  const copy = join(folder, 'copy');
  copyTree(copy);
  const names = publishedPackages().map(({ manifest }) => manifest.name);
  const registry = await startRegistry((name) => names.includes(name) || name.startsWith('@onestep/'));
  const npmrc = join(folder, '.npmrc');
  writeFileSync(npmrc, registry.npmrc);
  const environment = { npm_config_userconfig: npmrc, npm_config_registry: registry.address };
  const run = (command: string, ...args: string[]) => runProgram(command, args, { cwd: copy, environment });
  // changesets names the commit that a change came with.
  await run('git', 'init', '--quiet');
  await run('git', 'add', '--all');
  const author = ['-c', 'user.name=rehearsal', '-c', 'user.email=rehearsal@localhost'];
  await run('git', ...author, 'commit', '--quiet', '--message', 'Before the release');
  await run('npx', '--no-install', 'changeset', 'version');
  await run(process.execPath, '--import', 'tsx', 'scripts/release/publish.ts');
  return { copy, packages: publishedPackages(copy), registry };
}

/** Runs a program without the options and conditions of this process. @throws with what it printed, if it fails */
export async function runProgram(
  command: string,
  args: readonly string[],
  { cwd = ROOT, environment = {} }: { cwd?: string; environment?: Record<string, string> } = {},
): Promise<string> {
  // Tests run with settings of their own, and `npm run` passes the checkout's npm settings on.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS$|NODE_ENV$|VITEST)/i.test(name),
  );
  const env = { ...Object.fromEntries(inherited), ...environment };
  return promisify(execFile)(command, args, { cwd, env, maxBuffer: 2 ** 26 }).then(
    ({ stdout }) => stdout,
    ({ stdout, stderr }: { stdout: string; stderr: string }) => {
      throw new Error(`${[command, ...args].join(' ')} failed:\n${stdout}\n${stderr}`);
    },
  );
}
