import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setInterval } from 'node:timers';
import { NODE } from '../worker.js';

/** What a process of the program used. */
export interface Finished {
  /** Wall-clock seconds. */
  seconds: number;
  /** Largest resident memory, MB (Linux; NaN elsewhere). */
  peakMb: number;
  /** Seconds of processor time (Linux; NaN elsewhere). */
  processor: number;
}

/** Milliseconds between two looks at the memory. The system keeps the largest value itself. */
const LOOK_EVERY = 200;

/**
 * Runs a command of the program.
 *
 * @param onLook called again and again while it runs
 * @throws Error with the end of its output if it fails
 */
export async function onestep(args: readonly string[], onLook?: (pid: number) => void): Promise<Finished> {
  const started = performance.now();
  const [node, ...options] = NODE;
  const child = spawn(node, [...options, 'apps/cli/src/main.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let peakMb = NaN;
  let processor = NaN;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-4000)));
  }
  const look = setInterval(() => {
    peakMb = memoryOf(child.pid!) ?? peakMb;
    processor = processorSeconds(child.pid!) || processor;
    onLook?.(child.pid!);
  }, LOOK_EVERY);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(look);
  if (code !== 0) throw new Error(`onestep ${args.join(' ')}: exit code ${code}\n${output.trim()}`);
  return { seconds: (performance.now() - started) / 1000, peakMb, processor };
}

function memoryOf(pid: number): number | null {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
  } catch {
    return null;
  }
}

/** Seconds of processor time of a process so far, over all its threads (Linux; NaN elsewhere). */
export function processorSeconds(pid: number): number {
  try {
    // The name in parentheses may hold spaces. User and system time follow as the 12th and 13th field, in hundredths.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return NaN;
  }
}

/** A tick of a run. */
export interface Tick {
  kimg: number;
  /** Seconds of its training steps, without snapshots, states and the like. */
  seconds: number;
}

/** Reads the ticks of a run. */
export function readTicks(folder: string): Tick[] {
  if (!existsSync(join(folder, 'stats.jsonl'))) return [];
  const lines = readFileSync(join(folder, 'stats.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const stats = JSON.parse(line) as Record<string, { mean: number }>;
    return { kimg: stats['Progress/kimg']!.mean, seconds: stats['Timing/sec_per_tick']!.mean };
  });
}

/** The path of a run's snapshot after `kimg` thousand images. */
export function snapshotOf(folder: string, kimg: number): string {
  return join(folder, `network-snapshot-${String(kimg).padStart(6, '0')}.safetensors`);
}
