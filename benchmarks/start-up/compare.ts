/**
 * Measures the time from the start of a process until its first training step is done, in Node and in PyTorch: what one waits for after
 * a command. PyTorch compiled is measured with an empty cache and with the one that it left.
 *
 *   npm run source -- benchmarks/start-up/compare.ts [--size quickstart] [--mode train] [--rounds 3] [--threads 2]
 *     [--peers eager,compile] [--python PYTHON] [--save]
 *
 * Ours is compiled to JavaScript first, as published packages are. Its initial weights are drawn, PyTorch's are read from a file. With an
 * empty cache there is one round. The peers are those of `npm run setup:peers`. `--save` writes benchmarks/results/start-up.json.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { peerPython } from '../peer-python.js';
import { saveResult } from '../save-result.js';
import { median } from '../timings.js';
import { chooseNames, PEER_NAMES, TORCH_PEERS } from '../torch-peers.js';
import { DISTILLATION, MODES, SIZES, type WorkSettings } from '../train-step/settings.js';
import { startWorker } from '../worker.js';
import { bundleWorker } from './bundle.js';
import { startUpTable, type StartUp } from './table.js';

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: 'quickstart' },
    mode: { type: 'string', default: 'train' },
    peers: { type: 'string', default: 'eager,compile' },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
});
const [rounds, threads] = [Number(options.rounds), Number(options.threads)];
const [size] = chooseNames('size', options.size, Object.keys(SIZES)) as [string];
const [mode] = chooseNames('mode', options.mode, MODES) as [WorkSettings['mode']];
const peers = chooseNames('peer', options.peers, PEER_NAMES);
const python = peerPython(options.python);
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'onestep-benchmark-'));
const bundle = await bundleWorker(here('../train-step/ours.ts'));
try {
  const settings = (exchange: string): WorkSettings => ({
    ...{ ...SIZES[size]!, mode, backend: 'ort' as const, threads, exchange },
    distillation: DISTILLATION,
  });
  const ours = (exchange: string) => [process.execPath, bundle.path, JSON.stringify(settings(exchange))];
  // Leaves weights and draws for the peers.
  await (await startWorker(ours(folder), threads)).end();
  const sides: { name: string; command: string[]; cache?: string; rounds: number }[] = [
    { name: 'onestep', command: ours(''), rounds },
  ];
  for (const peer of peers) {
    const argument = JSON.stringify({ ...settings(folder), torch: TORCH_PEERS[peer] });
    const command = [python, here('../train-step/peer.py'), argument];
    const name = `PyTorch, ${peer}`;
    if (!('compile' in TORCH_PEERS[peer])) sides.push({ name, command, rounds });
    else {
      const cache = join(folder, peer);
      sides.push({ name: `${name}, nothing compiled yet`, command, cache, rounds: 1 });
      sides.push({ name: `${name}, from its cache`, command, cache, rounds });
    }
  }
  const results: StartUp[] = [];
  let pytorch = '';
  for (const side of sides) {
    const seconds: number[] = [];
    let peak = 0;
    for (let round = 0; round < side.rounds; round++) {
      const start = performance.now();
      const worker = await startWorker(
        side.command,
        threads,
        side.cache === undefined ? {} : { TORCHINDUCTOR_CACHE_DIR: side.cache },
      );
      await worker.run();
      if (side.name !== 'onestep') pytorch = worker.hello.name;
      seconds.push((performance.now() - start) / 1000);
      peak = Math.max(peak, worker.peakMb());
      await worker.end();
    }
    results.push({
      name: side.name,
      rounds: side.rounds,
      median_s: median(seconds),
      min_s: Math.min(...seconds),
      peak_mb: peak,
    });
    console.error(`${side.name}: ${seconds.map((s) => s.toFixed(1)).join(', ')} s`);
  }
  console.log(`${size}, ${mode}\n\n${startUpTable(results)}`);
  if (options.save)
    saveResult('start-up', 'benchmarks/start-up/compare.ts', { pytorch, threads }, { size, mode, results });
} finally {
  bundle.remove();
  rmSync(folder, { recursive: true });
}
