import type { RuntimeName } from '../../test-support/runtimes.js';

/** Packages that need no engine, and the metrics, whose networks run in ONNX Runtime. */
export const PORTABLE_PACKAGES = ['random', 'checkpoint', 'datasets', 'metrics'];

/** A file of tests that another runtime does not run, and why. */
export interface LeftOut {
  file: string;
  runtimes: readonly RuntimeName[];
  why: string;
}

export const LEFT_OUT: readonly LeftOut[] = [
  {
    file: 'packages/checkpoint/test/exit.test.ts',
    runtimes: ['deno'],
    why: 'starts a program with options of Node.js (--import, --eval)',
  },
  {
    file: 'packages/datasets/test/batches.test.ts',
    runtimes: ['deno'],
    why: 'starts threads from the sources, with a hook of node:module',
  },
  {
    file: 'packages/datasets/test/reader.test.ts',
    runtimes: ['deno'],
    why: 'starts threads from the sources, with a hook of node:module',
  },
  {
    file: 'packages/datasets/test/without-sharp.test.ts',
    runtimes: ['bun', 'deno'],
    why: 'hides a package with a hook of node:module, which only Node.js has',
  },
];
