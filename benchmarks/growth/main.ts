/**
 * Measures how time per picture and memory grow with the batch (1 to 512) and the resolution (16 to 128), next to PyTorch: images of a
 * UNet of 32 channels without gradients, and training steps of the quickstart's network. Each cell is a process of each side.
 *
 *   npm run source -- benchmarks/growth/main.ts [--axis batch,resolution] [--mode forward,train] [--most 512] [--peers eager]
 *     [--seconds 2] [--threads 2] [--python PYTHON] [--save]
 *
 * `--most` leaves out larger batches. A cell takes three rounds, or as many as fit into `--seconds` of our time, 15 at most. The peers are
 * those of `npm run setup:peers`. `--save` writes benchmarks/results/growth/MODE-AXIS.json after each cell, so that what was measured stays.
 */
import { parseArgs } from 'node:util';
import { peerPython } from '../peer-python.js';
import { saveResult } from '../save-result.js';
import { chooseNames, PEER_NAMES } from '../torch-peers.js';
import { compareSize } from '../train-step/compare-size.js';
import { MODES } from '../train-step/settings.js';
import { growthCells } from './cells.js';
import { growthTable, type GrowthRow } from './table.js';

/** Rounds of a cell at least and at most. */
const [FEWEST, MOST] = [3, 15];

const { values: options } = parseArgs({
  options: {
    axis: { type: 'string', default: 'batch,resolution' },
    mode: { type: 'string', default: 'forward,train' },
    most: { type: 'string', default: '512' },
    peers: { type: 'string', default: 'eager' },
    seconds: { type: 'string', default: '2' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
});
const [most, seconds, threads] = [options.most, options.seconds, options.threads].map(Number) as [
  number,
  number,
  number,
];
const peers = chooseNames('peer', options.peers, PEER_NAMES);
const axes = chooseNames('axis', options.axis, ['batch', 'resolution']);
const modes = chooseNames('mode', options.mode, MODES);
const python = peerPython(options.python);

for (const mode of modes) {
  for (const axis of axes) {
    const rows: GrowthRow[] = [];
    for (const cell of growthCells().filter(
      (one) => one.mode === mode && one.axis === axis && one.size.batch <= most,
    )) {
      const { name, size } = cell;
      // A square of the resolution is a fair guess of the time: the rounds only have to be enough.
      const pixels = size.batch * (size.network.resolution / 32) ** 2;
      const guess = pixels * (mode === 'train' ? 0.004 : 0.006);
      const rounds = Math.round(Math.min(MOST, Math.max(FEWEST, seconds / guess)));
      const { row, pytorch } = await compareSize({
        name,
        size,
        mode,
        peers,
        rounds,
        threads,
        python,
        backend: 'ort',
        shared: 1,
      });
      rows.push({ axis, ...row });
      console.error(`${mode}, ${name}: ${(row.ours.median_ms / row.batch).toFixed(2)} ms a picture`);
      if (options.save)
        saveResult(`growth/${mode}-${axis}`, 'benchmarks/growth/main.ts', { pytorch, threads }, { results: rows });
    }
    console.log(`\n${growthTable(rows)}`);
  }
}
