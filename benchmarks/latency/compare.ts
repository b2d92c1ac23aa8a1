/**
 * Measures the latency of one picture, generated in one step, in Node and in PyTorch: the median and the 99th percentile of many
 * pictures one after the other, from a seed to bytes.
 *
 *   npm run source -- benchmarks/latency/compare.ts [--sizes quickstart,mc32-b2] [--pictures 100] [--rounds 3]
 *     [--peers eager,channels_last,compile,compile-bf16] [--threads 2] [--python PYTHON] [--save]
 *
 * A round has `--pictures` of each side. `--sizes` names networks of train-step/sizes.json, whose batch does not count here. The peers
 * are those of `npm run setup:peers`. `--save` writes benchmarks/results/latency/SIZE.json.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { peerPython } from '../peer-python.js';
import { saveResult } from '../save-result.js';
import { alternate, quantile } from '../timings.js';
import { chooseNames, isFloat32, PEER_NAMES, TORCH_PEERS, type PeerName } from '../torch-peers.js';
import { DISTILLATION, SIZES } from '../train-step/settings.js';
import { NODE, startWorker, type Worker } from '../worker.js';
import type { LatencySettings } from './ours.js';
import { latencyTable, type Latencies, type Latency } from './table.js';

/** Pictures before the measurement: a service has made many. The first ones compile, and later ones here what depends on the weights alone. */
const WARM_UP = 200;
/** Largest accepted difference of a byte from that of a float32 peer: a value between two bytes may round to either. */
const TOLERANCE = 1;

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: 'quickstart,mc32-b2' },
    pictures: { type: 'string', default: '100' },
    peers: { type: 'string', default: PEER_NAMES.join() },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
});
const [pictures, rounds, threads] = [options.pictures, options.rounds, options.threads].map(Number) as [
  number,
  number,
  number,
];
const sizes = chooseNames('size', options.sizes, Object.keys(SIZES));
const peers = chooseNames('peer', options.peers, PEER_NAMES);
const python = peerPython(options.python);
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const results: Latencies[] = [];
for (const size of sizes) {
  const { pytorch, ...measured } = await measure(size);
  results.push(measured);
  if (options.save)
    saveResult(`latency/${size}`, 'benchmarks/latency/compare.ts', { pytorch, threads }, { rounds, ...measured });
}
console.log(latencyTable(results));

async function measure(size: string): Promise<Latencies & { pytorch: string }> {
  const exchange = mkdtempSync(join(tmpdir(), 'onestep-benchmark-'));
  const settings: LatencySettings = {
    ...SIZES[size]!,
    batch: 1,
    init_sigma: DISTILLATION.sid.init_sigma,
    threads,
    exchange,
  };
  const workers: Worker[] = [];
  try {
    workers.push(await startWorker([...NODE, here('ours.ts'), JSON.stringify(settings)], threads));
    for (const name of peers) {
      const argument = JSON.stringify({ ...settings, torch: TORCH_PEERS[name] });
      workers.push(await startWorker([python, here('peer.py'), argument], threads));
    }
  } finally {
    rmSync(exchange, { recursive: true });
  }
  const [first, ...others] = (await alternate(workers, 1, WARM_UP)).map(([answer]) => answer!.values);
  const differences = others.map((values) => Math.max(...values.map((value, i) => Math.abs(value - first![i]!))));
  for (const [i, name] of peers.entries()) {
    if (isFloat32(name) && !(differences[i]! <= TOLERANCE)) {
      throw new Error(`${size}, ${name}: not the same picture, bytes differ by ${differences[i]}.`);
    }
  }
  const answers = await alternate(workers, rounds, pictures);
  const [ours, ...theirs] = workers.map((worker, i): Latency => {
    const times = answers[i]!.flatMap((answer) => answer.times!);
    return {
      name: worker.hello.name,
      p50_ms: quantile(times, 0.5),
      p99_ms: quantile(times, 0.99),
      min_ms: Math.min(...times),
      pictures: times.length,
      peak_mb: worker.peakMb(),
    };
  });
  await Promise.all(workers.map((worker) => worker.end()));
  const rows = peers.map((name, i): [PeerName, Latency & { byte_difference: number }] => [
    name,
    { ...theirs[i]!, byte_difference: differences[i]! },
  ]);
  return { size, ours: ours!, peers: Object.fromEntries(rows), pytorch: workers[1]?.hello.name ?? 'none' };
}
