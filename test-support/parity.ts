import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { beyondTolerance, type Check } from '../parity/check.js';
import { checkFile } from '../parity/run-check.js';
import { startTestBackend } from './backend.js';
import { FIXTURES, hasFixtures } from './fixtures.js';

/**
 * Tests that the check of the parity command finds nothing beyond tolerance in the published implementation's numbers. They
 * are skipped where those are not there.
 *
 * @param folder of the reference numbers beside the repository
 * @param files pattern of the names of the files
 */
export function describeParity(check: Check, folder: string, files: RegExp): void {
  const title = `${folder} of the published implementation`;
  if (hasFixtures) describeParityIn(check, `${FIXTURES}${folder}`, title, files);
  else describe.skip(title, () => it('needs the reference numbers'));
}

/** The same with the files of any folder. */
export function describeParityIn(check: Check, folder: string, title: string, files = /\.safetensors$/): void {
  describe(title, () => {
    beforeAll(startTestBackend);

    it.each(readdirSync(folder).filter((name) => files.test(name)))('%s', async (name) => {
      const comparisons = await checkFile(check, `${folder}/${name}`);
      expect(comparisons.length).toBeGreaterThan(0);
      expect(beyondTolerance(comparisons)).toEqual([]);
    });
  });
}
