/**
 * Compares training steps, forward passes and iterations of each distillation method on an engine with PyTorch's
 * configurations: medians, minima, memory and ratios, in alternating rounds.
 *
 *   npm run source -- benchmarks/train-step/compare.ts [--sizes quickstart,mc32-b32] [--mode train,forward,sid,diff-instruct,boot]
 *     [--peers eager,channels_last,compile,compile-bf16] [--rounds 15] [--threads 2] [--backend ort] [--python PYTHON] [--ceiling] [--save]
 *
 * The peers are those of `npm run setup:peers`; `compile` needs a C++ compiler. `--backend` is our engine. On a GPU,
 * `npm run gpu-check` times the first two modes on all engines. `--ceiling` first measures the rates that the machine can reach.
 * `--openvino` evaluates our networks in bfloat16 (`--mode forward`; ONESTEP_OPENVINO is the folder of its library).
 * `--save` writes benchmarks/results/train-step/MODE/SIZE.json, and ceiling.json; with `--openvino` the mode is `forward-bfloat16`.
 */
import { parseArgs } from 'node:util';
import { BACKEND_NAMES, type BackendName } from '@onestep/backends';
import { peerPython } from '../peer-python.js';
import { saveResult } from '../save-result.js';
import { chooseNames, PEER_NAMES } from '../torch-peers.js';
import { formatCeiling, measureCeiling } from './ceiling.js';
import { compareSize, type Row } from './compare-size.js';
import { MODES, SIZES } from './settings.js';
import { firstTable, memoryTable, ratioTable, timeTable } from './tables.js';

const SCRIPT = 'benchmarks/train-step/compare.ts';

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: Object.keys(SIZES).join() },
    mode: { type: 'string', default: MODES.join() },
    peers: { type: 'string', default: PEER_NAMES.join() },
    rounds: { type: 'string', default: '15' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string' },
    backend: { type: 'string', default: 'ort' },
    openvino: { type: 'boolean', default: false },
    ceiling: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
});
const [rounds, threads] = [Number(options.rounds), Number(options.threads)];
const sizes = chooseNames('size', options.sizes, Object.keys(SIZES));
const modes = chooseNames('mode', options.mode, MODES);
const peers = chooseNames('peer', options.peers, PEER_NAMES);
const backend = chooseNames('backend', options.backend, BACKEND_NAMES)[0] as BackendName;
const python = peerPython(options.python);
const { openvino } = options;
if (openvino && modes.join() !== 'forward') throw new Error('--openvino is for --mode forward.');

if (options.ceiling) {
  const ceiling = await measureCeiling(python, threads);
  console.log(formatCeiling(ceiling));
  if (options.save) saveResult('train-step/ceiling', SCRIPT, { threads }, { ...ceiling });
}
const rows: Row[] = [];
let pytorch = '';
for (const mode of modes) {
  for (const name of sizes) {
    const compared = await compareSize({
      name,
      size: SIZES[name]!,
      mode,
      peers,
      rounds,
      threads,
      python,
      backend,
      openvino,
    });
    ({ pytorch } = compared);
    rows.push(compared.row);
    console.error(`${mode}, ${name}: ${compared.row.ours.median_ms.toFixed(1)} ms`);
    const folder = openvino ? `${mode}-bfloat16` : mode;
    if (options.save) saveResult(`train-step/${folder}/${name}`, SCRIPT, { backend, pytorch, threads }, compared.row);
  }
}
console.log(`${pytorch} next to the engine ${backend} with ${threads} threads\n`);
const tables = {
  'Ours over PyTorch, medians (minima)': ratioTable,
  'Milliseconds, medians (minima)': timeTable,
  'Largest resident memory, MB (ours over PyTorch)': memoryTable,
  'Seconds of the first, largest difference of the shared losses': firstTable,
};
for (const [title, format] of Object.entries(tables)) console.log(`${title}\n\n${format(rows)}\n`);
