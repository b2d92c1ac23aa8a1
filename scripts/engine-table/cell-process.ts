/**
 * Measures one part on one engine, and reports each item to the process that started it. Started by measure-cell.ts:
 *
 *   cell-process.ts ENGINE [PART]
 */
import { BackendError, startBackend } from '@onestep/backends';
import type { EngineName } from './engines.js';
import { NothingToMeasure, type Difference } from './part.js';
import { PARTS } from './parts/registry.js';

/** What the process reports. */
export type Report =
  /** The engine started. */
  | { kind: 'started'; description: string }
  /** The engine does not start here. */
  | { kind: 'absent'; reason: string }
  | { kind: 'nothing'; reason: string }
  | { kind: 'planned'; unit: string; of: number }
  | { kind: 'begun'; item: string }
  | { kind: 'measured'; item: string; count?: number; differences: Difference[] }
  | { kind: 'failed'; item: string; message: string }
  | { kind: 'ended' };

const [engine, partName] = process.argv.slice(2) as [EngineName, string | undefined];
const report = (message: Report) => new Promise<void>((resolve) => process.send!(message, () => resolve()));
process.once('disconnect', () => process.exit(1));

try {
  const { description } = await startBackend(engine);
  await report({ kind: 'started', description });
  if (partName !== undefined) await measure(partName);
  await report({ kind: 'ended' });
} catch (error) {
  if (error instanceof BackendError) await report({ kind: 'absent', reason: error.message });
  else if (error instanceof NothingToMeasure) await report({ kind: 'nothing', reason: error.message });
  else throw error;
}
process.exit(0);

async function measure(name: string): Promise<void> {
  const part = PARTS.find((candidate) => candidate.name === name)!;
  const items = await part.items(engine);
  await report({ kind: 'planned', unit: part.unit, of: items.reduce((sum, { count = 1 }) => sum + count, 0) });
  for (const { name: item, count, run } of items) {
    await report({ kind: 'begun', item });
    try {
      await report({ kind: 'measured', item, count, differences: await run() });
    } catch (error) {
      await report({ kind: 'failed', item, message: (error as Error).message });
    }
  }
}
