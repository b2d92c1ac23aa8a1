/** Reads changed files, one after another, and tells its parent about each. See `watch.ts`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditProcess } from './audit.js';
import { checkReading, checkTrap } from './check-reading.js';
import { listKinds } from './kinds/index.js';
import { listTraps } from './traps/index.js';
import type { FromReader } from './watch.js';

const [what, first, end, only] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'onestep-hostile-'));
process.env.TMPDIR = join(folder, 'output');
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const tell = (message: FromReader) =>
  new Promise<void>((resolve) => {
    process.send!(message, () => resolve());
  });

const kinds = (await listKinds()).filter(({ name }) => only === undefined || name.includes(only));
// Modules, engines and threads are loaded before anything is measured or watched.
for (const kind of kinds) await checkReading(kind, null, folder, []);
const noted = auditProcess(() => folder);
if (what === 'traps') {
  const traps = listTraps();
  for (let i = Number(first); i < traps.length; i++) {
    const trap = traps[i]!;
    await tell({ seed: i, kind: trap.name });
    await tell({ seed: i, kind: trap.name, result: await checkTrap(trap, folder, noted) });
  }
} else {
  for (let seed = Number(first); seed < Number(end); seed++) {
    const kind = kinds[seed % kinds.length]!;
    await tell({ seed, kind: kind.name });
    await tell({ seed, kind: kind.name, result: await checkReading(kind, seed, folder, noted) });
  }
}
process.exit(0);
