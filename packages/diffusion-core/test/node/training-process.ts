import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { programArguments } from '../../../../test-support/program.js';

const PROGRAM = await programArguments('packages/diffusion-core/test/node/train-gaussian.ts');

/** Starts `train-gaussian.ts` as a process of its own. @param shell commands that run before it, in the same shell */
export function startTraining(folder: string, kimg: number, shell = 'true'): ChildProcess {
  const node = [process.execPath, ...PROGRAM, folder, String(kimg)];
  return spawn('bash', ['-c', `${shell}; exec "$@"`, 'bash', ...node], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Waits for the end. */
export async function finished(child: ChildProcess): Promise<{ code: number | null; stderr: string }> {
  let stderr = '';
  child.stderr!.on('data', (chunk) => (stderr += String(chunk)));
  child.stdout!.resume();
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
}
