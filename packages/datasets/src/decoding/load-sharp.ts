import type Sharp from 'sharp';

/** What the package exports. */
export type SharpModule = typeof Sharp;

let loaded: Promise<SharpModule | null> | undefined;

/**
 * Loads sharp, which reads all kinds of images but PNG. It is an optional dependency.
 *
 * @returns null if it is not installed, or has no files for this machine
 */
export function loadSharp(): Promise<SharpModule | null> {
  loaded ??= import('sharp').then(
    (module) => module.default,
    () => null,
  );
  return loaded;
}

/** The error of an image that only sharp reads, where it is not installed. */
export function missingSharpError(source: string): Error {
  return new Error(
    `${source}: reading images other than PNG needs the package sharp, which is not installed here (it is an optional ` +
      'dependency). Install it (npm install sharp), or convert the images to PNG.',
  );
}
