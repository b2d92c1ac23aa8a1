import { normalizeName } from '../files/text.js';
import type { SourceLabels } from '../labels.js';
import { sortNames } from './sort-names.js';
import type { Label } from './source.js';

/**
 * Makes labels of the values that tables and text files have: whole numbers are classes, lists of numbers are
 * vectors, and other text is the names of classes, in the order of their code points.
 *
 * @param values by the names of the images; undefined or null for none
 * @param source where they come from, for messages
 * @param classNames of whole numbers, if they are known
 * @returns null if no image has a label
 * @throws naming an image whose label is none of these
 */
export function makeLabels(
  values: ReadonlyMap<string, unknown>,
  source: string,
  classNames: readonly string[] | null = null,
): SourceLabels | null {
  const stated = [...values]
    .map(([name, value]) => [name, plainValue(value)] as const)
    .filter(([, value]) => value !== null && value !== undefined && value !== '');
  if (stated.length === 0) return null;
  const isText = stated.some(([, value]) => typeof value === 'string' && !/^\d+$/.test(value));
  const names = isText ? sortNames([...new Set(stated.map(([, value]) => String(value)))]) : classNames;
  const classes = new Map(isText ? names!.map((name, i) => [name, i]) : []);
  const byName = new Map<string, Label>();
  for (const [name, value] of stated) {
    const label = isText ? classes.get(String(value))! : typeof value === 'string' ? Number(value) : value;
    const isVector = Array.isArray(label) && label.length > 0 && label.every(Number.isFinite);
    if (!isVector && !(Number.isSafeInteger(label) && (label as number) >= 0)) {
      throw new Error(
        `${source}: the label of ${name} is ${JSON.stringify(value)}; expected a whole number from 0 on, a name, or a list of ` +
          'numbers. Choose other labels with --labels NAME, or none: --labels none (labels).',
      );
    }
    byName.set(normalizeName(name), label as Label);
  }
  return { byName, source, classNames: names };
}

/** 64-bit numbers and booleans as numbers, text without spaces around it and with composed accents. */
function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  if (typeof value === 'string') return value.trim().normalize('NFC');
  return ArrayBuffer.isView(value) ? Array.from(value as unknown as ArrayLike<number>, Number) : value;
}
