import { fileURLToPath } from 'node:url';
import { alternate } from '../timings.js';
import { NODE, startWorker, type Worker } from '../worker.js';

/** The rates that the machine can reach, measured in alternating rounds with onnxruntime and PyTorch: the best round. */
export interface Ceiling {
  /** Matrix product of two square matrices, GFLOP/s. */
  gemm_gflops: Best;
  /** 3x3 convolution, GFLOP/s. */
  conv_gflops: Best;
  /** Sum of two large arrays: bytes read and written, GB/s. */
  bandwidth_gbs: Best;
  /** The largest arithmetic rate, GFLOP/s: shares are relative to it. */
  gflops: number;
}

interface Best {
  ours: number;
  peer: number;
}

/** What both workers measure in one piece of work, in the order of their values: operations or bytes per nanosecond. */
export interface CeilingSettings {
  /** Sizes of the square matrices. */
  gemm: number[];
  /** [batch, resolution, channels] of the convolutions. */
  conv: [number, number, number][];
  /** Length of the arrays. */
  add: number;
  threads: number;
}

const SETTINGS = {
  gemm: [2048, 3072],
  conv: [
    [32, 32, 64],
    [16, 32, 128],
    [16, 16, 256],
  ] as CeilingSettings['conv'],
  add: 2 ** 24,
};
const ROUNDS = 3;

/** Measures the ceiling in two new processes. */
export async function measureCeiling(python: string, threads: number): Promise<Ceiling> {
  const settings: CeilingSettings = { ...SETTINGS, threads };
  const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const start = (worker: readonly string[]): Promise<Worker> =>
    startWorker([...worker, JSON.stringify(settings)], threads);
  const workers = [await start([...NODE, here('ceiling-ours.ts')]), await start([python, here('ceiling_peer.py')])];
  const answers = await alternate(workers, ROUNDS);
  await Promise.all(workers.map((worker) => worker.end()));

  const { gemm, conv } = SETTINGS;
  const best = (from: number, to: number): Best => {
    const of = (i: number) => Math.max(...answers[i]!.flatMap(({ values }) => values.slice(from, to)));
    return { ours: of(0), peer: of(1) };
  };
  const kinds = gemm.length + conv.length;
  const [gemms, convs] = [best(0, gemm.length), best(gemm.length, kinds)];
  return {
    gemm_gflops: gemms,
    conv_gflops: convs,
    bandwidth_gbs: best(kinds, kinds + 1),
    gflops: Math.max(gemms.ours, gemms.peer, convs.ours, convs.peer),
  };
}

/** Formats the ceiling as a table. */
export function formatCeiling({ gemm_gflops: gemm, conv_gflops: conv, bandwidth_gbs: bandwidth }: Ceiling): string {
  const row = (what: string, unit: string, { ours, peer }: Best) =>
    `| ${what}, ${unit} | ${ours.toFixed(0)} | ${peer.toFixed(0)} |`;
  return [
    '| ceiling | onnxruntime | PyTorch |',
    '| --- | --- | --- |',
    row('matrix product', 'GFLOP/s', gemm),
    row('convolution', 'GFLOP/s', conv),
    row('memory', 'GB/s', bandwidth),
    '',
  ].join('\n');
}
