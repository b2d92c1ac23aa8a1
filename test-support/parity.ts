import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { beyondTolerance, type Check } from '../parity/check.js';
import { checkFile } from '../parity/run-check.js';
import { startTestBackend } from './backend.js';
import { FIXTURES, hasFixtures } from './fixtures.js';

/**
 * Tests that the check of the parity command finds nothing beyond tolerance in the reference numbers of a folder. They are
 * skipped where the reference numbers are not there.
 *
 * @param files pattern of the names of the files
 */
export function describeParity(check: Check, folder: string, files: RegExp): void {
  describe.skipIf(!hasFixtures)(`${folder} of the published implementation`, () => {
    beforeAll(startTestBackend);
    const names = hasFixtures ? readdirSync(`${FIXTURES}${folder}`).filter((name) => files.test(name)) : [];

    it.each(names)('%s', async (name) => {
      const comparisons = await checkFile(check, `${FIXTURES}${folder}/${name}`);
      expect(comparisons.length).toBeGreaterThan(0);
      expect(beyondTolerance(comparisons)).toEqual([]);
    });
  });
}
