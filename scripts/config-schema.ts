/**
 * Writes the JSON schema of files for `--config` from the options of the commands, for editors: part of
 * `npm run docs:options`. A test compares it.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configSchema } from '../apps/cli/src/config/schema.js';
import { createProgram } from '../apps/cli/src/program.js';

/** Where the schema is. */
export const SCHEMA = new URL('../apps/cli/schemas/onestep.json', import.meta.url);

/** The text of the schema's file: a line for each definition, so that a change shows as one. */
export async function schemaText(): Promise<string> {
  const { $defs, ...head } = configSchema(await createProgram([]));
  const lines = Object.entries($defs as Record<string, unknown>).map(
    ([name, schema]) => `${JSON.stringify(name)}: ${JSON.stringify(schema)}`,
  );
  return `${JSON.stringify(head).slice(0, -1)},\n"$defs": {\n${lines.join(',\n')}\n}}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(SCHEMA, await schemaText());
