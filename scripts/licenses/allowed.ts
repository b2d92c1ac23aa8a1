/** A package of `package-lock.json`. */
export interface LockedPackage {
  version: string;
  /** SPDX expression, or what the package says in its place. */
  license?: string;
  /** Whether it is only used to build and test. */
  dev?: boolean;
  /** A package of this repository. */
  link?: boolean;
}

/** Licenses of what users install: they ask for no more than a notice. */
const PERMISSIVE = [
  ...['MIT', 'Apache-2.0', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', '(MIT OR CC0-1.0)'],
  ...['BlueOak-1.0.0', 'CC0-1.0', 'Python-2.0'],
];

/** Licenses of single packages, with the reason why each may stand here. */
const EXCEPTIONS: readonly { name: RegExp; license: RegExp; isTool: boolean; why: string }[] = [
  {
    name: /^@img\/sharp-/,
    license: /LGPL-3\.0-or-later/,
    isTool: false,
    why: 'libvips, an optional shared library of its own, which is loaded and not changed',
  },
  { name: /^lightningcss/, license: /^MPL-2\.0$/, isTool: true, why: 'it shrinks style sheets when pages are built' },
  { name: /^spawndamnit$/, license: /^SEE LICENSE/, isTool: true, why: 'MIT, in its LICENSE; a part of changesets' },
];

/**
 * What is wrong with the licenses of locked packages, a line for each that nobody has allowed.
 *
 * @param packages by their places: `node_modules/sharp`
 */
export function listForbidden(packages: Readonly<Record<string, LockedPackage>>): string[] {
  return Object.entries(packages).flatMap(([place, { version, license, dev = false, link = false }]) => {
    const name = place.split('node_modules/').at(-1)!;
    if (!place.includes('node_modules/') || link || PERMISSIVE.includes(license ?? '')) return [];
    const isAllowed = EXCEPTIONS.some(
      (exception) => exception.name.test(name) && exception.license.test(license ?? '') && (dev || !exception.isTool),
    );
    return isAllowed ? [] : [`${name} ${version}: ${license ?? 'no license'}${dev ? ', to build and test' : ''}`];
  });
}
