import { findReference, differenceFrom, MODES_TIMED, timesIn, type ModeTimes, type Precision } from './timing.js';
import type { MemoryState } from './memory.js';
import type { PartResult } from './part.js';

/** Says in a line what came of a part. */
export function summarizeResult({ kind, status, reason, figures }: PartResult): string {
  if (status !== 'ok') return reason ?? '';
  if (kind === 'start') return String(figures.description);
  if (kind === 'test' || kind === 'half') return `${figures.passed} passed, ${figures.skipped} skipped`;
  if (kind === 'memory') {
    const { step, host_mb: host, gpu_mb: gpu } = (figures.states as MemoryState[]).at(-1)!;
    const onGpu = gpu === null ? '' : `, ${gpu.toFixed(0)} MB of the GPU`;
    return `flat over ${step} steps at ${host.toFixed(0)} MB${onGpu}`;
  }
  if (kind === 'time') {
    const modes = MODES_TIMED.map((mode) => `${mode} ${formatMs((figures[mode] as ModeTimes).median_ms)} ms`);
    return modes.join(', ');
  }
  return '';
}

/** A line of the table of times. */
export interface TimeRow {
  /** The network, as chosen. */
  choice: string;
  mode: (typeof MODES_TIMED)[number];
  engine: string;
  precision: Precision;
  times: ModeTimes;
  /** PyTorch's time at the same precision (bf16 for fp16) over this one: above 1 this is faster. Null where it is unknown, or PyTorch's own. */
  speed_of_pytorch: number | null;
  /** Difference of the first numbers from the reference in float32; null for the reference. */
  difference: number | null;
}

/** Compares the times of each network and mode. */
export function compareTimes(results: readonly PartResult[]): TimeRow[] {
  const all = timesIn(results);
  const choices = [...new Set(all.map(({ choice }) => choice))];
  return choices.flatMap((choice) => {
    const reference = findReference(choice, all);
    const same = all.filter((times) => times.choice === choice);
    return MODES_TIMED.flatMap((mode) =>
      same.flatMap((times) => {
        const { engine, precision, [mode]: own } = times;
        if (own === undefined) return [];
        const comparable = precision === 'fp16' ? 'bf16' : precision;
        const peer = same.find((other) => other.engine === 'pytorch' && other.precision === comparable)?.[mode];
        return {
          choice,
          mode,
          engine,
          precision,
          times: own,
          speed_of_pytorch: peer === undefined || engine === 'pytorch' ? null : peer.median_ms / own.median_ms,
          difference: times === reference ? null : differenceFrom(reference?.[mode], own),
        };
      }),
    );
  });
}

/** Milliseconds with three digits. */
export function formatMs(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3);
}
