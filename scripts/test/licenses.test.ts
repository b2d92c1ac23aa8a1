import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { listForbidden, type LockedPackage } from '../licenses/allowed.js';

const { packages } = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, LockedPackage>;
};

it('all dependencies have licenses that are allowed', () => {
  expect(Object.keys(packages).length).toBeGreaterThan(500);
  expect(listForbidden(packages)).toEqual([]);
});

it('a license that nobody allowed is named, and one that is for tools does not reach users', () => {
  const version = '1.0.0';
  expect(
    listForbidden({
      'node_modules/copyleft': { version, license: 'GPL-3.0-only' },
      'node_modules/a/node_modules/@b/silent': { version, dev: true },
      'node_modules/lightningcss': { version, license: 'MPL-2.0' },
      'node_modules/own': { version, license: 'GPL-3.0-only', link: true },
      'packages/own': { version, license: 'GPL-3.0-only' },
    }),
  ).toEqual([
    'copyleft 1.0.0: GPL-3.0-only',
    '@b/silent 1.0.0: no license, to build and test',
    'lightningcss 1.0.0: MPL-2.0',
  ]);
});
