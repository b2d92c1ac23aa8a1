import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export * from '../parity/fixture-tensors.js';

/** Numbers computed with the published implementations; they live beside the repository. */
export const FIXTURES = fileURLToPath(new URL('../../shared/fixtures/', import.meta.url));

/** False where the reference numbers are not there: the tests that need them are then skipped. */
export const hasFixtures = existsSync(FIXTURES);
