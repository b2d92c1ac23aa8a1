import { spawn } from 'node:child_process';
import { expect } from 'vitest';
import { programArguments } from '../../../../test-support/program.js';
import type { Busywork } from './busy-thread.js';

/** How a process ends beside two threads that compute, and its exit code. */
const ENDINGS = { terminate: 0, exit: 7, throw: 1, drain: 0, await: 0 } as const;

/** Largest time, in milliseconds, that passes before a process ends whose threads have not begun. */
const EARLY = '600';

/** What happens to threads that do what. */
export type Ending = readonly [ending: keyof typeof ENDINGS, busywork: Busywork, early?: string];

/** One case of each kind. */
export const CASES: readonly Ending[] = [
  ['terminate', 'compute'],
  ['terminate', 'served'],
  ['terminate', 'threaded'],
  ['terminate', 'nested'],
  ['exit', 'compute'],
  ['exit', 'compute', EARLY],
  ['throw', 'compute'],
];

export const MORE_CASES: readonly Ending[] = [
  ['terminate', 'compile'],
  ['terminate', 'compute', EARLY],
  ['exit', 'compile'],
  ['exit', 'served'],
  ['exit', 'threaded'],
  ['exit', 'nested'],
  ['drain', 'compute'],
  ['await', 'nested-exit'],
];

const [condition, program] = await programArguments('packages/tfjs-backend-ort/test/ending/program.ts');
const [, thread] = await programArguments('packages/tfjs-backend-ort/test/ending/busy-thread.ts');

/** Ends processes in one of these ways, and expects the right exit code of each. */
export async function checkEnding([ending, busywork, early]: Ending, rounds: number): Promise<void> {
  const codes: Record<string, number> = {};
  let said = '';
  for (let round = 0; round < rounds; round++) {
    const args = [condition!, program!, ending, busywork, thread!, ...(early === undefined ? [] : [early])];
    const child = spawn(process.execPath, args);
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const code = await new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal)));
    codes[String(code)] = (codes[String(code)] ?? 0) + 1;
  }
  expect(codes, said).toEqual({ [ENDINGS[ending]]: rounds });
}
