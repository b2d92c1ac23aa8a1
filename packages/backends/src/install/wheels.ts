import { existsSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BackendError } from '../backend-error.js';
import { downloadWheel, sha256Of } from './download.js';
import type { InstallReport } from './install-options.js';
import type { WheelPlatform } from './platform.js';
import { formatBytes, timed } from './units.js';
import { findWheel, type NeededWheel, type OfferedWheel } from './wheel-index.js';
import { parseWheelName, runsOn } from './wheel-name.js';

/** A wheel that an engine is made from: a file of the user's, or one to download. */
export type ChosenWheel = { needed: NeededWheel; version: string } & ({ given: string } | { offered: OfferedWheel });

/**
 * Chooses a file for each wheel that is needed: one of `given`, else one of the package index.
 *
 * @throws BackendError if a given file is not needed or is for another platform, or the index lacks one
 */
export async function chooseWheels(
  needed: readonly NeededWheel[],
  given: readonly string[],
  platform: WheelPlatform,
  signal?: AbortSignal,
): Promise<ChosenWheel[]> {
  const files = given.map((path) => checkGiven(path, needed, platform));
  return Promise.all(
    needed.map(async (wheel): Promise<ChosenWheel> => {
      const file = files.find(({ project }) => wheel.projects.includes(project));
      if (file !== undefined) return { needed: wheel, version: file.version, given: file.path };
      return { needed: wheel, version: wheel.version, offered: await findWheel(wheel, platform, signal) };
    }),
  );
}

function checkGiven(path: string, needed: readonly NeededWheel[], platform: WheelPlatform) {
  if (!existsSync(path)) throw new BackendError(`There is no file ${path}.`);
  const name = parseWheelName(basename(path));
  const wheel = needed.find(({ projects }) => name !== null && projects.includes(name.project));
  if (name === null || wheel === undefined) {
    const list = needed.map(({ projects, version }) => `${projects[0]} ${version}`).join(', ');
    throw new BackendError(`${path} is not a wheel that is needed, by its name. Needed: ${list}.`);
  }
  if (!wheel.anyVersion && name.version !== wheel.version) {
    throw new BackendError(`${path} has version ${name.version}, and ${wheel.version} is needed.`);
  }
  if (!runsOn(name, platform)) throw new BackendError(`${path} is not for this machine (${platform.description}).`);
  return { ...name, path };
}

/** Bytes of all wheels that are to be downloaded; those of unknown size count as nothing. */
export function downloadBytes(wheels: readonly ChosenWheel[]): number {
  return wheels.reduce((sum, wheel) => sum + ('offered' in wheel ? (wheel.offered.size ?? 0) : 0), 0);
}

/** Libraries take about this many bytes for each of their wheel. */
const UNPACKED = 2.2;

/** About the bytes that the downloads and the unpacked libraries take. */
export function diskBytes(wheels: readonly ChosenWheel[]): number {
  const given = wheels.reduce((sum, wheel) => sum + ('given' in wheel ? statSync(wheel.given).size : 0), 0);
  return downloadBytes(wheels) + UNPACKED * (given + downloadBytes(wheels));
}

/** A wheel on this machine. */
export interface WheelFile {
  path: string;
  file: string;
  sha256: string;
  version: string;
}

/**
 * Downloads a wheel into a folder, unless it is a given file.
 *
 * @throws BackendError if that fails
 */
export async function fetchWheel(
  wheel: ChosenWheel,
  downloads: string,
  report: InstallReport | undefined,
  signal?: AbortSignal,
): Promise<WheelFile> {
  const { version } = wheel;
  if ('given' in wheel) {
    return { path: wheel.given, file: basename(wheel.given), sha256: await sha256Of(wheel.given), version };
  }
  const { file, sha256 } = wheel.offered;
  const path = join(downloads, file);
  let last = 0;
  const progress = (bytes: number, total: number | null) => {
    last = bytes;
    report?.progress(`${file}: ${formatBytes(bytes)}${total === null ? '' : ` of ${formatBytes(total)}`}`);
  };
  const { seconds } = await timed(() => downloadWheel(wheel.offered, path, { signal, progress }));
  const how = last === 0 ? 'was here already' : `${formatBytes(last)} in ${seconds}`;
  report?.step(`Downloaded ${file}: ${how}; its SHA-256 is the index's`);
  return { path, file, sha256, version };
}

/** Deletes downloads that are not needed any more. */
export async function removeDownloads(downloads: string): Promise<void> {
  await rm(downloads, { recursive: true, force: true });
}
