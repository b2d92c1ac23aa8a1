import { join } from 'node:path';
import { writeFileAtomically } from '@onestep/checkpoint/node';

let settings: string | null = null;

/** Keeps the settings of the command that begins, as `--config` takes them. */
export function setSettings(text: string): void {
  settings = text;
}

/** Writes the settings of the command to `settings.json` in its folder. Does nothing outside of a command. */
export async function writeSettings(folder: string): Promise<void> {
  if (settings !== null) await writeFileAtomically(join(folder, 'settings.json'), `${settings}\n`);
}
