import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, runSource } from '../../gpu-check/commands.js';
import type { Report } from '../../gpu-check/report.js';

/** Runs gpu-check. */
export function gpuCheck(args: string[], env: NodeJS.ProcessEnv = {}) {
  const [program, ...rest] = runSource('scripts/gpu-check/main.ts', ...args);
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(program!, rest, { cwd: ROOT, env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** Reads the report in a folder that gpu-check wrote into. */
export function readReport(out: string): Report {
  return JSON.parse(readFileSync(join(out, 'gpu-check.json'), 'utf8')) as Report;
}
