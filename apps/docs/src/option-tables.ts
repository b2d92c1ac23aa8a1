import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PluginSimple } from 'markdown-it';
import { ROOT } from './repository.js';

/**
 * Puts the option table of a method, which a README has, in place of `<!-- option table of NAME in PATH -->`.
 *
 * @throws Error if the README has no such table
 */
export const optionTables: PluginSimple = (md) => {
  md.core.ruler.before('normalize', 'option-tables', (state) => {
    state.src = state.src.replace(/^<!-- option table of (\S+) in (\S+) -->$/gm, (_, name: string, path: string) =>
      optionTableOf(name, path),
    );
  });
};

/** @param path of the README, from the root */
export function optionTableOf(name: string, path: string): string {
  const [, table] = readFileSync(join(ROOT, path), 'utf8').split(`<!-- options ${name} -->`);
  const [rows] = table?.split('<!-- /options -->') ?? [];
  if (rows === undefined) throw new Error(`${path} has no option table of ${name}: <!-- options ${name} -->.`);
  return rows.trim();
}
