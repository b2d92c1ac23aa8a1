import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { beyondTolerance, type Check } from '../parity/check.js';
import { checkFile } from '../parity/run-check.js';
import { startTestBackend } from './backend.js';
import { FIXTURES, hasFixtures } from './fixtures.js';

/**
 * Defines tests that a check of the parity command finds nothing beyond tolerance in the fixtures of the published
 * implementations. They are skipped where the fixtures are not available.
 *
 * @param folder folder of the fixtures
 * @param files pattern of the names of the files
 * @param start starts the backend, by default that of the tests
 */
export function describeParity(check: Check, folder: string, files: RegExp, start = startTestBackend): void {
  const title = `${folder} of the published implementation`;
  if (hasFixtures) describeParityIn(check, `${FIXTURES}${folder}`, title, files, start);
  else describe.skip(title, () => it('needs the fixtures'));
}

/** Defines the same tests for the files of any folder. */
export function describeParityIn(
  check: Check,
  folder: string,
  title: string,
  files = /\.safetensors$/,
  start = startTestBackend,
): void {
  describe(title, () => {
    beforeAll(start);

    it.each(readdirSync(folder).filter((name) => files.test(name)))('%s', async (name) => {
      const comparisons = await checkFile(check, `${folder}/${name}`);
      expect(comparisons.length).toBeGreaterThan(0);
      expect(beyondTolerance(comparisons)).toEqual([]);
    });
  });
}
