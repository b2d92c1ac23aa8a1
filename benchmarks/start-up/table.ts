import { table } from '../markdown.js';

/** Seconds from the start of a process until its first step is done. */
export interface StartUp {
  name: string;
  rounds: number;
  median_s: number;
  min_s: number;
  peak_mb: number;
}

/** Formats them, with ours, the first, over each. */
export function startUpTable([ours, ...peers]: readonly StartUp[]): string {
  const row = ({ name, median_s: middle, min_s: least, peak_mb: mb }: StartUp) => [
    name,
    `${middle.toFixed(2)} (${least.toFixed(2)})`,
    mb.toFixed(0),
  ];
  const head = ['', 'seconds, median (best)', 'memory, MB', 'ours over it'];
  const ratio = (peer: StartUp) => (ours!.median_s / peer.median_s).toFixed(2);
  return table(head, [[...row(ours!), ''], ...peers.map((peer) => [...row(peer), ratio(peer)])]);
}
