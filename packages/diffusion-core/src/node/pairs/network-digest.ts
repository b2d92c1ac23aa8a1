import { createHash } from 'node:crypto';
import { isNetwork, type Denoiser } from '../../denoiser.js';

/** Settings that do not change what a network computes from given weights and labels. */
const WITHOUT_EFFECT = ['labels', 'classNames', 'dropout', 'labelDropout', 'useFp16', 'generator', 'unstatedRole'];

/**
 * Identifies a network by its settings and weights: the same network has the same digest in files of any format, and under
 * any name.
 *
 * @returns `network:` and 64 hexadecimal digits; null for a denoiser without weights
 */
export async function networkDigest(denoiser: Denoiser): Promise<string | null> {
  if (!isNetwork(denoiser)) return null;
  const hash = createHash('sha256');
  hash.update(JSON.stringify(denoiser.settings, withoutEffect));
  for (const [name, { shape, data }] of Object.entries(await denoiser.module.stateDict())) {
    hash.update(`${name}\0${shape.join()}\n`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return `network:${hash.digest('hex')}`;
}

/** Sorts the keys of objects, and leaves out those without effect. */
function withoutEffect(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).filter(([name]) => !WITHOUT_EFFECT.includes(name));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
