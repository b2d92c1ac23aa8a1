import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { basename } from 'node:path';
import { digestsOf, readTrainingOptions } from '@onestep/diffusion-core/node';

/**
 * Renames a method's folder whose student was made or measured with other files, so that the method is run again and no work
 * is lost. Leaves a folder of an earlier version, which recorded no digests, as it is.
 *
 * @param digests of the files that the method is run with now
 */
export async function setAside(
  folder: string,
  digests: Readonly<Record<string, string>>,
  log: (text: string) => Promise<void>,
): Promise<void> {
  const recorded = digestsOf((await readTrainingOptions(folder)) ?? {});
  const changed = Object.keys(digests).find((name) => recorded[name] !== undefined && recorded[name] !== digests[name]);
  if (changed === undefined) return;
  const place = await moveAside(folder, recorded[changed]!);
  const what = `${changed} ${shorten(recorded[changed]!)}, and here it is ${shorten(digests[changed]!)}`;
  await log(
    `${basename(folder)}: the student was made with the ${what}: it is run again, and ${place} keeps the former one`,
  );
}

/** Renames a folder that was made with another teacher. @param teacher its digest */
export async function renameAside(
  folder: string,
  teacher: string,
  log: (text: string) => Promise<void>,
): Promise<void> {
  if (!existsSync(folder)) return;
  await log(
    `${basename(folder)}: made by another teacher, they are made again: ${await moveAside(folder, teacher)} keeps the former ones`,
  );
}

async function moveAside(folder: string, digest: string): Promise<string> {
  const place = freeName(`${folder}.${shorten(digest)}`);
  await rename(folder, place);
  return place;
}

/** The kind of a digest and its first digits, as a part of a file's name. */
function shorten(digest: string): string {
  return digest.replace(':', '-').slice(0, digest.indexOf(':') + 9);
}

function freeName(path: string): string {
  let name = path;
  for (let count = 2; existsSync(name); count++) name = `${path}.${count}`;
  return name;
}
