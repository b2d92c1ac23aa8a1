import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder of the engines that `onestep engine install` prepares: `$ONESTEP_ENGINES`, or `engines` in onestep's cache folder
 * (`$ONESTEP_CACHE_DIR`, or `onestep` in the user's cache folder).
 */
export function enginesFolder(): string {
  const { ONESTEP_ENGINES: own, ONESTEP_CACHE_DIR: cache, XDG_CACHE_HOME: shared } = process.env;
  return own || join(cache || join(shared || join(homedir(), '.cache'), 'onestep'), 'engines');
}

/** The engines that `onestep engine install` prepares. */
export const PREPARED_ENGINES = ['tensorflow', 'ort-cuda'] as const;
export type PreparedEngine = (typeof PREPARED_ENGINES)[number];

/** What `engine.json` says about a prepared engine. It is written last: a folder that has it is complete. */
export interface EngineRecord {
  engine: PreparedEngine;
  /** Whether it has NVIDIA's libraries. */
  cuda: boolean;
  /** Versions by package: `{ tensorflow: '2.21.0', 'tfjs-node': '4.22.0' }`. */
  versions: Record<string, string>;
  /** The wheels that its files come from, with their checksums. */
  wheels: { file: string; sha256: string }[];
  /** The compiler, as its `--version` names it; null if nothing was compiled. */
  compiler: string | null;
  /** When it was prepared: an ISO date. */
  date: string;
}

/** The folder of a prepared engine. */
export function engineFolder(engine: PreparedEngine): string {
  return join(enginesFolder(), engine);
}

/** What is prepared in a folder; null if nothing, or something unfinished, is there. */
export function readEngineRecord(folder: string): EngineRecord | null {
  let text: string;
  try {
    text = readFileSync(join(folder, 'engine.json'), 'utf8');
  } catch {
    return null;
  }
  return JSON.parse(text) as EngineRecord;
}
