import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const STATUS = '/proc/self/status';
/** Writing 5 sets the peak to what is resident now (proc(5)). */
const CLEAR = '/proc/self/clear_refs';

/** Whether this system tells the peak of a stretch of work (Linux). */
export const KNOWS_PEAK = existsSync(CLEAR);

/** Bytes of this process that are resident now, with the peak reset to them. */
export function startPeak(): number {
  writeFileSync(CLEAR, '5');
  return readStatus('VmRSS');
}

/** The most bytes that were resident since {@link startPeak}. */
export function readPeak(): number {
  return readStatus('VmHWM');
}

function readStatus(field: string): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(STATUS, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}
