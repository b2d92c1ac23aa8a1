import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export * from '../parity/fixture-tensors.js';

/** Folder of numbers computed with the published implementations, next to the repository. */
export const FIXTURES = fileURLToPath(new URL('../../shared/fixtures/', import.meta.url));

/** Whether the folder exists. Tests that need it are skipped otherwise. */
export const hasFixtures = existsSync(FIXTURES);
