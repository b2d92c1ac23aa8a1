import { table } from '../markdown.js';
import type { PeerRow, Row } from './compare-size.js';
import { hasFloat32Losses, STEP_PEERS, type StepPeer } from './step-peers.js';

/** What a cell says of a peer. */
type Cell = (peer: PeerRow) => string;

/** Ours over each of the peers: medians, with minima in brackets. */
export function ratioTable(rows: readonly Row[]): string {
  return peerTable(rows, ({ ratio_of_medians: medians, ratio_of_minima: minima }) => pair(medians, minima, 2), {
    'the best in float32': (row) => best(row).join(' '),
  });
}

/** Milliseconds: medians, with minima in brackets. */
export function timeTable(rows: readonly Row[]): string {
  return peerTable(rows, ({ median_ms: median, min_ms: least }) => milliseconds(median, least), {
    ours: ({ ours }) => milliseconds(ours.median_ms, ours.min_ms),
    'ours, GFLOP/s': ({ ours, gflop }) => ((gflop * 1000) / ours.median_ms).toFixed(0),
  });
}

/** Forward passes in bfloat16 on both sides: milliseconds and memory, and ours over theirs. */
export function bfloat16Table(rows: readonly Row[]): string {
  const head = [
    'network, batch',
    'PyTorch, compile-bf16, ms',
    'ours, OpenVINO, ms',
    'ratio',
    'MB',
    'ours, MB',
    'ratio',
  ];
  const cells = rows.flatMap(({ size, batch, ours, peers: { 'compile-bf16': peer } }) =>
    peer === undefined
      ? []
      : [
          [
            `${size}, ${batch}`,
            milliseconds(peer.median_ms, peer.min_ms),
            milliseconds(ours.median_ms, ours.min_ms),
            pair(peer.ratio_of_medians, peer.ratio_of_minima, 2),
            peer.peak_mb.toFixed(0),
            ours.peak_mb.toFixed(0),
            peer.ratio_of_memory.toFixed(2),
          ],
        ],
  );
  return table(head, cells);
}

/** JAX and eager PyTorch in float32 next to ours: milliseconds, and the memory and the first piece of work of JAX and ours. */
export function jaxTable(rows: readonly Row[]): string {
  const head = [
    'network, batch',
    'work',
    'PyTorch, eager, ms',
    'JAX, ms',
    'ours, ms',
    'ours over JAX',
    'JAX, MB',
    'ours, MB',
    'JAX, the first, s',
    'ours, the first, s',
  ];
  const cells = rows.flatMap(({ size, batch, mode, ours, peers: { eager, jax } }) =>
    jax === undefined
      ? []
      : [
          [
            `${size}, ${batch}`,
            mode,
            eager === undefined ? '' : milliseconds(eager.median_ms, eager.min_ms),
            milliseconds(jax.median_ms, jax.min_ms),
            milliseconds(ours.median_ms, ours.min_ms),
            pair(jax.ratio_of_medians, jax.ratio_of_minima, 2),
            jax.peak_mb.toFixed(0),
            ours.peak_mb.toFixed(0),
            jax.first_s.toFixed(1),
            ours.first_s.toFixed(1),
          ],
        ],
  );
  return table(head, cells);
}

/** The largest resident memory, MB, and ours over the peer's. */
export function memoryTable(rows: readonly Row[]): string {
  return peerTable(rows, ({ peak_mb: mb, ratio_of_memory: ratio }) => `${mb.toFixed(0)} (${ratio.toFixed(2)})`, {
    ours: ({ ours }) => ours.peak_mb.toFixed(0),
  });
}

/** Seconds of the first piece of work, with the building of graphs and compiling, and the largest difference of the losses. */
export function firstTable(rows: readonly Row[]): string {
  const cell: Cell = ({ first_s: first, differences }) =>
    `${first.toFixed(1)}, ${Math.max(...differences).toExponential(0)}`;
  return peerTable(rows, cell, { ours: ({ ours }) => ours.first_s.toFixed(1) });
}

function peerTable(rows: readonly Row[], cell: Cell, more: Record<string, (row: Row) => string>): string {
  const shown = STEP_PEERS.filter((name) => rows.some(({ peers }) => peers[name] !== undefined));
  const head = ['network, batch', 'work', ...shown, ...Object.keys(more)];
  const cells = rows.map((row) => [
    `${row.size}, ${row.batch}`,
    row.mode,
    ...shown.map((name) => (row.peers[name] === undefined ? '' : cell(row.peers[name]))),
    ...Object.values(more).map((of) => of(row)),
  ]);
  return table(head, cells);
}

/** Ours over the fastest of the float32 peers, by medians and by minima. */
function best({ ours, peers }: Row): [string, string] | [] {
  const found = (Object.entries(peers) as [StepPeer, PeerRow][]).filter(([name]) => hasFloat32Losses(name));
  if (found.length === 0) return [];
  const least = (key: 'median_ms' | 'min_ms') => ours[key] / Math.min(...found.map(([, peer]) => peer[key]));
  return [least('median_ms').toFixed(2), `(${least('min_ms').toFixed(2)})`];
}

const pair = (median: number, least: number, digits: number) => `${median.toFixed(digits)} (${least.toFixed(digits)})`;
const milliseconds = (median: number, least: number) => pair(median, least, median < 100 ? 1 : 0);
