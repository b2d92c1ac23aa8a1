import { table } from '../markdown.js';
import type { PeerName } from '../torch-peers.js';

/** How long single pictures take. */
export interface Latency {
  name: string;
  /** The median. */
  p50_ms: number;
  /** The 99th percentile. */
  p99_ms: number;
  min_ms: number;
  /** Number of pictures behind them. */
  pictures: number;
  peak_mb: number;
}

/** The latencies of one network. */
export interface Latencies {
  size: string;
  ours: Latency;
  /** `byte_difference`: the largest difference of a byte of the first picture from ours. */
  peers: Partial<Record<PeerName, Latency & { byte_difference: number }>>;
}

/** Formats latencies, with ours over each peer. */
export function latencyTable(results: readonly Latencies[]): string {
  const rows = results.flatMap(({ size, ours, peers }) => [
    [size, 'onestep', ...times(ours), '', ''],
    ...Object.entries(peers).map(([name, peer]) => [
      size,
      `PyTorch, ${name}`,
      ...times(peer),
      (ours.p50_ms / peer.p50_ms).toFixed(2),
      (ours.p99_ms / peer.p99_ms).toFixed(2),
    ]),
  ]);
  const head = ['network', '', 'p50, ms', 'p99, ms', 'best, ms', 'memory, MB', 'ours over it: p50', 'p99'];
  return table(head, rows);
}

function times({ p50_ms: p50, p99_ms: p99, min_ms: least, peak_mb: mb }: Latency): string[] {
  return [...[p50, p99, least].map((ms) => ms.toFixed(1)), mb.toFixed(0)];
}
