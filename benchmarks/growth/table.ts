import { table } from '../markdown.js';
import type { Row } from '../train-step/compare-size.js';

/** A row of train-step at another batch or resolution. */
export interface GrowthRow extends Row {
  axis: 'batch' | 'resolution';
}

/** Formats time per picture and memory, ours and eager PyTorch's. */
export function growthTable(rows: readonly GrowthRow[]): string {
  const head = [
    'work',
    'batch',
    'resolution',
    'onestep, ms a picture',
    'PyTorch',
    'ratio',
    'onestep, MB',
    'PyTorch',
    'ratio',
  ];
  const cells = rows.map(({ mode, batch, resolution, ours, peers }) => {
    const peer = peers.eager;
    const each = (ms: number) => (ms / batch).toFixed(2);
    return [
      ...[mode, String(batch), String(resolution), each(ours.median_ms)],
      ...(peer === undefined ? ['', ''] : [each(peer.median_ms), peer.ratio_of_medians.toFixed(2)]),
      ours.peak_mb.toFixed(0),
      ...(peer === undefined ? ['', ''] : [peer.peak_mb.toFixed(0), peer.ratio_of_memory.toFixed(2)]),
    ];
  });
  return table(head, cells);
}
