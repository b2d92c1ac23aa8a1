import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { table } from './markdown.js';
import { relativeDifference } from './relative-difference.js';
import { alternate, summarize, type Timings } from './timings.js';
import { isFloat32, TORCH_PEERS, type PeerName } from './torch-peers.js';
import { NODE, requireFastBlas, startWorker, type Worker } from './worker.js';

/** Workers that do the same work. */
export interface Sides {
  /** Our TypeScript worker. */
  ours: string;
  /** PyTorch's worker, the interpreter that runs it, and its configurations: a process for each. */
  peer: { script: string; python: string; names: readonly PeerName[] };
  /** Settings passed to all as JSON. In the folder `exchange` ours leaves its weights to the peers. */
  settings(exchange: string): object;
  threads: number;
  rounds: number;
  /** What they compute, for error messages. */
  what: string;
  /** Largest accepted relative difference between ours and a float32 peer. */
  tolerance: number;
}

/** A peer next to ours. */
export interface PeerSide extends Timings {
  /** Relative difference of the results. */
  difference: number;
  /** Ours over this. */
  ratio_of_medians: number;
  ratio_of_minima: number;
  ratio_of_memory: number;
}

/** The result of {@link compareSideBySide}. */
export interface SideBySide {
  /** PyTorch's version and libraries. */
  pytorch: string;
  /** Number of parameters of the network. */
  parameters: number;
  ours: Timings;
  peers: Partial<Record<PeerName, PeerSide>>;
}

/**
 * Lets all do the same work in turn. The first round is not timed: it compiles, and its results are compared.
 *
 * @throws Error if the results of a float32 peer differ from ours
 */
export async function compareSideBySide({
  ours,
  peer,
  settings,
  threads,
  rounds,
  what,
  tolerance,
}: Sides): Promise<SideBySide> {
  const exchange = mkdtempSync(join(tmpdir(), 'onestep-benchmark-'));
  const workers: Worker[] = [];
  try {
    const given = settings(exchange);
    workers.push(await startWorker([...NODE, ours, JSON.stringify(given)], threads));
    for (const name of peer.names) {
      const argument = JSON.stringify({ ...given, torch: TORCH_PEERS[name] });
      workers.push(await startWorker([peer.python, peer.script, argument], threads));
      requireFastBlas(workers.at(-1)!.hello);
    }
  } finally {
    rmSync(exchange, { recursive: true });
  }
  const [first, ...others] = (await alternate(workers, 1)).map(([answer]) => answer!.values);
  const differences = others.map((values) => relativeDifference(values, first!));
  for (const [i, name] of peer.names.entries()) {
    if (isFloat32(name) && !(differences[i]! < tolerance)) {
      throw new Error(`Not the same ${what} in ${name}: they differ by ${differences[i]}.`);
    }
  }
  const timed = await alternate(workers, rounds);
  const [a, ...times] = workers.map((worker, i) => summarize(worker, timed[i]!));
  await Promise.all(workers.map((worker) => worker.end()));
  const peers = peer.names.map((name, i): [PeerName, PeerSide] => {
    const b = times[i]!;
    const ratios = {
      ratio_of_medians: a!.median_ms / b.median_ms,
      ratio_of_minima: a!.min_ms / b.min_ms,
      ratio_of_memory: a!.peak_mb / b.peak_mb,
    };
    return [name, { ...b, difference: differences[i]!, ...ratios }];
  });
  return {
    pytorch: workers[1]?.hello.name ?? 'none',
    parameters: workers[0]!.hello.parameters,
    ours: a!,
    peers: Object.fromEntries(peers),
  };
}

/**
 * Formats both sides as a table, with the ratios of ours over each.
 *
 * @param rate a column of its own: its head, and its value for a median or minimum in milliseconds
 */
export function sideTable(
  { ours, peers }: Pick<SideBySide, 'ours' | 'peers'>,
  rate: { head: string; of: (ms: number) => string },
): string {
  const row = (name: string, { median_ms: median, min_ms: least, peak_mb: mb }: Timings) => [
    name,
    `${rate.of(median)} (${rate.of(least)})`,
    mb.toFixed(0),
  ];
  return table(
    ['', `${rate.head}, median (best)`, 'memory, MB', 'ours over it: time', 'memory', 'difference'],
    [
      [...row('onestep', ours), '', '', ''],
      ...Object.entries(peers).map(([name, side]) => [
        ...row(`PyTorch, ${name}`, side),
        `${side.ratio_of_medians.toFixed(2)} (${side.ratio_of_minima.toFixed(2)})`,
        side.ratio_of_memory.toFixed(2),
        side.difference.toExponential(0),
      ]),
    ],
  );
}
