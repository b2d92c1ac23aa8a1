import { table } from '../markdown.js';

/** One way of loading one file, the median of some rounds. */
export interface LoadRow {
  side: 'onestep' | 'PyTorch';
  /** Extension of the file. */
  file: string;
  /** `tensors` reads every tensor once, `network` builds the network. */
  work: string;
  fileMB: number;
  seconds: number;
  min_seconds: number;
  /** Resident size before loading: the interpreter with its libraries. */
  idleMB: number;
  /** Largest resident size. */
  peakMB: number;
}

/** Formats all of them. */
export function loadTable(rows: readonly LoadRow[]): string {
  const head = ['', 'file', 'work', 'seconds, median (best)', 'largest memory, MB', 'above idle, MB'];
  const cells = rows.map(({ side, file, work, seconds, min_seconds: least, idleMB, peakMB }) => [
    ...[side, `\`${file}\``, work, `${seconds.toFixed(2)} (${least.toFixed(2)})`],
    ...[peakMB, peakMB - idleMB].map((mb) => mb.toFixed(0)),
  ]);
  return table(head, cells);
}
