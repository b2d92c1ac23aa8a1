import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import type { Gpu } from './nvidia-smi.js';

const require = createRequire(import.meta.url);
const PACKAGES = ['@onestep/onnxruntime', '@tensorflow/tfjs-core', 'webgpu'];

/** The machine, as in gpu-check.json. */
export interface Machine {
  gpu: Gpu | null;
  processor: string;
  memory_gb: number;
  system: string;
  node: string;
  /** Versions of the packages that compute. */
  packages: Record<string, string>;
  /** The commit of this repository; null outside git. */
  commit: string | null;
}

/** Describes the machine, apart from Python, which a part of its own describes. */
export function describeMachine(gpu: Gpu | null): Machine {
  return {
    gpu,
    processor: `${availableParallelism()} x ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.version,
    packages: Object.fromEntries(PACKAGES.map((name) => [name, readVersion(name)])),
    commit: readCommit(),
  };
}

function readVersion(name: string): string {
  try {
    return (JSON.parse(readFileSync(require.resolve(`${name}/package.json`), 'utf8')) as { version: string }).version;
  } catch {
    return 'not installed';
  }
}

function readCommit(): string | null {
  try {
    const cwd = import.meta.dirname;
    return execFileSync('git', ['rev-parse', 'HEAD'], {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}
