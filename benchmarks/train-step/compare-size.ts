import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BackendName } from '@onestep/backends';
import { alternate, summarize, type Timings } from '../timings.js';
import { NODE, startWorker, type Answer, type Worker } from '../worker.js';
import { flops } from './flops.js';
import { DISTILLATION, SHARED_ROUNDS, type Mode, type Size, type WorkSettings } from './settings.js';
import { hasFloat32Losses, startPeer, type StepPeer } from './step-peers.js';

/**
 * Largest accepted difference of the first losses in float32, relative to the largest loss of its kind in the shared rounds. In
 * lower precision the difference is only reported.
 */
const TOLERANCE = 1e-3;

/** What is compared, and how. */
export interface SizeArgs {
  /** Its name, for messages. */
  name: string;
  size: Size;
  mode: Mode;
  peers: readonly StepPeer[];
  /** Timed rounds. */
  rounds: number;
  /** Rounds before them, on the same draws, whose losses are compared: at most {@link SHARED_ROUNDS}, the default. */
  shared?: number;
  threads: number;
  /** The interpreter of PyTorch's configurations. */
  python: string;
  backend: BackendName;
  /** Whether ours evaluates the network in bfloat16 with OpenVINO; for the mode `forward`. Default: false. */
  openvino?: boolean;
}

/** A peer next to ours. */
export interface PeerRow extends Timings {
  /**
   * Difference of the losses (forward: of the mean square of the output) in each shared round, relative to the largest
   * loss of its kind in these rounds, because the generator's loss fluctuates around zero.
   */
  differences: number[];
  /** Seconds of the first piece of work, in which `torch.compile` and JAX compile. */
  first_s: number;
  /** Ours over this. */
  ratio_of_medians: number;
  ratio_of_minima: number;
  ratio_of_memory: number;
}

/** One size in one mode. */
export interface Row {
  size: string;
  mode: Mode;
  batch: number;
  resolution: number;
  parameters: number;
  rounds: number;
  ours: Timings & { first_s: number };
  peers: Partial<Record<StepPeer, PeerRow>>;
  /** Operations of the convolutions and matrix products in one piece of work, GFLOP. */
  gflop: number;
}

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/**
 * Does the same work on an engine and in its peers, each in a new process, in alternating rounds.
 *
 * @returns the times, with the versions of PyTorch and of JAX, where it is a peer
 * @throws Error if a network has another number of parameters than ours, or a float32 peer other losses
 */
export async function compareSize(args: SizeArgs): Promise<{ row: Row; pytorch: string; jax?: string }> {
  const { name, size, mode, peers, rounds, threads, python, backend, openvino } = args;
  const exchange = mkdtempSync(join(tmpdir(), 'onestep-benchmark-'));
  const settings: WorkSettings = { ...size, mode, backend, openvino, threads, exchange, distillation: DISTILLATION };
  const workers: Worker[] = [];
  try {
    workers.push(await startWorker([...NODE, here('ours.ts'), JSON.stringify(settings)], threads));
    for (const peer of peers) workers.push(await startPeer(peer, settings, python));
  } finally {
    rmSync(exchange, { recursive: true });
  }
  const { parameters } = workers[0]!.hello;
  const other = workers.find(({ hello }) => hello.parameters !== parameters);
  if (other !== undefined) {
    throw new Error(`${name}: ${parameters} parameters here, ${other.hello.parameters} in ${other.hello.name}.`);
  }

  const shared = await alternate(workers, args.shared ?? SHARED_ROUNDS);
  const differences = peers.map((_, i) => relativeDifferences(shared[0]!, shared[i + 1]!));
  for (const [i, peer] of peers.entries()) {
    if (hasFloat32Losses(peer) && !(differences[i]![0]! < TOLERANCE)) {
      const values = [shared[0]!, shared[i + 1]!].map((answers) => answers.map((answer) => answer.values));
      throw new Error(`${name}, ${mode}, ${peer}: not the same work, ${JSON.stringify(values)}.`);
    }
  }
  const timed = await alternate(workers, rounds);
  const summaries = workers.map((worker, i) => ({
    ...summarize(worker, timed[i]!),
    first_s: shared[i]![0]!.ms / 1000,
  }));
  await Promise.all(workers.map((worker) => worker.end()));
  const ours = summaries[0]!;
  const peerRows = peers.map((peer, i): [StepPeer, PeerRow] => {
    const times = summaries[i + 1]!;
    const ratios = {
      ratio_of_medians: ours.median_ms / times.median_ms,
      ratio_of_minima: ours.min_ms / times.min_ms,
      ratio_of_memory: ours.peak_mb / times.peak_mb,
    };
    return [peer, { ...times, differences: differences[i]!, ...ratios }];
  });
  const row: Row = {
    ...{ size: name, mode, batch: size.batch, resolution: size.network.resolution, parameters, rounds, ours },
    peers: Object.fromEntries(peerRows),
    gflop: flops(settings, mode) / 1e9,
  };
  const named = (start: string) => workers.find(({ hello }) => hello.name.startsWith(start))?.hello.name;
  return { row, pytorch: named('PyTorch') ?? 'none', jax: named('JAX') };
}

function relativeDifferences(ours: readonly Answer[], peer: readonly Answer[]): number[] {
  const scale = peer[0]!.values.map((_, k) => Math.max(...peer.map(({ values }) => Math.abs(values[k]!))));
  const difference = (i: number, k: number) => Math.abs(ours[i]!.values[k]! - peer[i]!.values[k]!) / scale[k]!;
  return ours.map((_, i) => Math.max(...scale.map((_, k) => difference(i, k))));
}
