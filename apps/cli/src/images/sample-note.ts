import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Pictures } from '@onestep/datasets';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { digestOf } from '../files/digest-of.js';
import { readJson } from '../read-json.js';

/** In a folder of samples: what the last command wrote there. */
const NOTE = 'generated.json';
/** Names of files in a line. */
const NAMED = 3;

/** Options that do not change images: where they are written, and what else is done with them. */
const ELSEWHERE = ['outdir', 'seeds', 'subdirs', 'grid', 'keep', 'batch', 'num', 'ref', 'detector', 'dataStat'];

interface SampleNote {
  /** What determines the images, besides their seeds. */
  settings: Record<string, unknown>;
  /** Names of the images. */
  files: string[];
}

/** Returns what determines images besides their seeds: the network's contents, and the other options of a command. */
export async function sampleSettings(options: object): Promise<Record<string, unknown>> {
  const all = Object.fromEntries(Object.entries(options).filter(([name]) => !ELSEWHERE.includes(name)));
  const { network } = all as { network?: unknown };
  if (typeof network !== 'string' || !existsSync(network)) return all;
  return { ...all, network: await digestOf(network) };
}

/**
 * Notes which images were written to a folder. Images that an earlier command wrote with the same settings count too, so that
 * samples can be made in several goes.
 *
 * @param settings what determines the images, besides their seeds
 * @param files names of the images in the folder
 */
export async function writeSampleNote(
  folder: string,
  settings: Record<string, unknown>,
  files: readonly string[],
): Promise<void> {
  const path = join(folder, NOTE);
  const names = files.map((name) => name.replaceAll(sep, '/'));
  const known = await readNote(path);
  const isSame = known !== null && JSON.stringify(known.settings) === JSON.stringify(settings);
  const note: SampleNote = { settings, files: [...new Set([...(isSame ? known.files : []), ...names])].sort() };
  await writeFileAtomically(path, `${JSON.stringify(note)}\n`);
}

/** Names of the images that the last command wrote to a folder. @returns null for anything without a note */
export async function readSampleNote(path: string): Promise<ReadonlySet<string> | null> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const note = isFolder ? await readNote(join(path, NOTE)) : null;
  return note && new Set(note.files);
}

/** Says which images of a folder are not counted. */
export function describeLeftOut({ path, count, leftOut }: Pictures): string[] {
  if (leftOut.length === 0) return [];
  const named = leftOut.slice(0, NAMED).join(', ') + (leftOut.length > NAMED ? ', ...' : '');
  return [
    `${path}: ${count} images are counted, those that onestep generate wrote last (${NOTE}); ` +
      `${leftOut.length === 1 ? '1 other is' : `${leftOut.length} others are`} not: ${named}. Delete ${NOTE} to count all.`,
  ];
}

/** A damaged note, or one of another program, is not looked at. */
async function readNote(path: string): Promise<SampleNote | null> {
  const note = await readJson<SampleNote>(path, ['settings', 'files']).catch(() => null);
  return note !== null && Array.isArray(note.files) && note.files.every((name) => typeof name === 'string')
    ? note
    : null;
}
