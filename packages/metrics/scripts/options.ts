import { parseArgs } from 'node:util';

/**
 * Parses `--name=value` options, which all have defaults.
 *
 * @throws naming an unknown option, or a value that is not a number
 */
export function readOptions<T extends Record<string, string | number>>(defaults: T): T {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, { type: 'string' as const, default: String(value) }]),
  );
  const { values } = parseArgs({ options });
  return Object.fromEntries(
    Object.entries(defaults).map(([name, fallback]) => {
      const value = values[name] as string;
      if (typeof fallback === 'string') return [name, value];
      if (value === '' || !Number.isFinite(Number(value))) throw new Error(`--${name} takes a number, not ${value}.`);
      return [name, Number(value)];
    }),
  ) as T;
}
