import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * The engines that `onestep engine install` prepares.
 *
 * @internal
 */
export const PREPARED_ENGINES = ['tensorflow', 'ort-cuda'] as const;
/** @internal */
export type PreparedEngine = (typeof PREPARED_ENGINES)[number];

/**
 * What `engine.json` says about a prepared engine. It is written last: a folder that has it is complete.
 *
 * @internal
 */
export interface EngineRecord {
  engine: PreparedEngine;
  /** Whether it has NVIDIA's libraries. */
  cuda: boolean;
  /** Versions by package: `{ tensorflow: '2.21.0', 'tfjs-node': '4.22.0' }`. */
  versions: Record<string, string>;
  /** The wheels that its files come from. */
  wheels: { file: string; sha256: string }[];
  /** The compiler, as its `--version` names it; null if nothing was compiled. */
  compiler: string | null;
  /** Libraries to load before the engine, in this order, relative to the folder. */
  preload: string[];
  /** When it was prepared, as an ISO date. */
  date: string;
}

/**
 * The folder of the prepared engines: `$ONESTEP_ENGINES`, or `engines` in onestep's cache folder (`$ONESTEP_CACHE_DIR`, or
 * `onestep` in the user's cache folder).
 *
 * @internal
 */
export function enginesFolder(): string {
  const { ONESTEP_ENGINES: own, ONESTEP_CACHE_DIR: cache, XDG_CACHE_HOME: shared } = process.env;
  return resolve(own || join(cache || join(shared || join(homedir(), '.cache'), 'onestep'), 'engines'));
}

/**
 * The folder of a prepared engine, whether it exists or not.
 *
 * @internal
 */
export function engineFolder(engine: PreparedEngine): string {
  return join(enginesFolder(), engine);
}

/**
 * What is prepared in a folder.
 *
 * @returns null if there is nothing, or something unfinished
 * @internal
 */
export function readEngineRecord(folder: string): EngineRecord | null {
  try {
    return JSON.parse(readFileSync(join(folder, 'engine.json'), 'utf8')) as EngineRecord;
  } catch {
    return null;
  }
}
