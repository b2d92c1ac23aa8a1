/**
 * Lists the licenses of all dependencies, and fails where one is not allowed.
 *
 *   npm run licenses
 */
import { readFileSync } from 'node:fs';
import { listForbidden, type LockedPackage } from './allowed.js';

const { packages } = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, LockedPackage>;
};
const counts = new Map<string, number>();
for (const [place, { license = 'none', dev, link }] of Object.entries(packages)) {
  if (!place.includes('node_modules/') || link) continue;
  const row = `${license}${dev ? ' (to build and test)' : ''}`;
  counts.set(row, (counts.get(row) ?? 0) + 1);
}
for (const [row, count] of [...counts].sort(([, a], [, b]) => b - a))
  console.log(`${String(count).padStart(4)}  ${row}`);
const forbidden = listForbidden(packages);
if (forbidden.length > 0) {
  console.error(`\nNot allowed by scripts/licenses/allowed.ts:\n${forbidden.join('\n')}`);
  process.exitCode = 1;
}
