import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { EngineName } from './engines.js';
import { lastWords } from './last-words.js';
import { readTrained, type Trained, type TrainRequest } from './train-here.js';

const PROGRAM = fileURLToPath(new URL('train-process.ts', import.meta.url));

/**
 * Trains on an engine in a process of its own, which ends with this one.
 *
 * @param file path for the result
 * @throws with what the process said, if it fails
 */
export async function trainElsewhere(engine: EngineName, request: TrainRequest, file: string): Promise<Trained> {
  const child = fork(PROGRAM, [engine, JSON.stringify(request), file], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let stderr = '';
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (code === 0) return readTrained(file);
  throw new Error(`${request.training} on ${engine} ended with ${signal ?? code}: ${lastWords(stderr)}`);
}
