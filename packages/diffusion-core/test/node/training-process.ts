import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('train-gaussian.ts', import.meta.url));

/** Starts `train-gaussian.ts` as a process of its own. @param shell commands that run before it, in the same shell */
export function startTraining(folder: string, kimg: number, shell = 'true'): ChildProcess {
  const node = [process.execPath, '--conditions=@onestep/source', '--import', 'tsx', SCRIPT, folder, String(kimg)];
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
