import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './machine.js';
import type { PartResult, Status } from './part.js';
import { formatMarkdown } from './tables.js';

/** What gpu-check.json holds. */
export interface Report {
  date: string;
  command: string;
  machine: Machine;
  budget_seconds: number;
  seconds: number;
  parts: readonly PartResult[];
}

/** Replaces gpu-check.json and gpu-check.md in a folder. */
export function writeReport(folder: string, report: Report): void {
  replace(join(folder, 'gpu-check.json'), `${JSON.stringify(report, null, 2)}\n`);
  replace(join(folder, 'gpu-check.md'), formatMarkdown(report, report.parts));
}

function replace(file: string, text: string): void {
  writeFileSync(`${file}.tmp`, text);
  renameSync(`${file}.tmp`, file);
}

/** Number of parts with a status. */
export function count(results: readonly PartResult[], status: Status): number {
  return results.filter((result) => result.status === status).length;
}

/** Whether all that could run is well: nothing failed, and not everything was skipped apart from PyTorch. */
export function isWell(results: readonly PartResult[]): boolean {
  const ours = results.filter(({ name }) => !name.split(' ').includes('pytorch'));
  return count(results, 'failed') === 0 && count(ours, 'ok') > 0;
}
