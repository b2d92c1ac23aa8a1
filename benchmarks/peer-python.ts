import { existsSync } from 'node:fs';
import { interpreterIn, pythonEnvironment, REQUIREMENTS } from '../test-support/python-environment.js';

/** The files that list the packages of the peers. */
export const PEER_REQUIREMENTS = [REQUIREMENTS, new URL('requirements.txt', import.meta.url)] as const;

/** The virtual environment that `npm run setup:peers` makes, in the same place as that of the tests. */
export function peerEnvironment(): string {
  return pythonEnvironment('peers', PEER_REQUIREMENTS);
}

/** The file that lists the packages of the peer JAX. */
export const JAX_REQUIREMENTS = [new URL('jax-requirements.txt', import.meta.url)] as const;

/** The virtual environment that `npm run setup:peers -- --jax` makes. */
export function jaxEnvironment(): string {
  return pythonEnvironment('jax', JAX_REQUIREMENTS);
}

/**
 * The interpreter of the peers.
 *
 * @param named one that the user chose with `--python`. Default: that of `npm run setup:peers`
 * @throws Error if there is none
 */
export function peerPython(named?: string): string {
  if (named !== undefined) return named;
  const python = interpreterIn(peerEnvironment());
  if (existsSync(python)) return python;
  throw new Error(`There is no ${python}. Run npm run setup:peers, or give another interpreter with --python.`);
}

/**
 * The interpreter of the peer JAX.
 *
 * @throws Error if there is none
 */
export function jaxPython(): string {
  const python = interpreterIn(jaxEnvironment());
  if (existsSync(python)) return python;
  throw new Error(`There is no ${python}. Run npm run setup:peers -- --jax.`);
}
