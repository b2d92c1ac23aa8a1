import { writeSync } from 'node:fs';

/** Discards what this process prints. Process 0 prints the same. */
export function silenceOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.write = (_chunk: unknown, encoding?: unknown, done?: unknown) => {
      const callback = typeof encoding === 'function' ? encoding : done;
      if (typeof callback === 'function') process.nextTick(callback);
      return true;
    };
  }
}

/** Writes a line to standard error at once, even from a process that was silenced. */
export function writeLastWords(line: string): void {
  try {
    writeSync(2, `${line}\n`);
  } catch {
    // Nobody reads it.
  }
}
