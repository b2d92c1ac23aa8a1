/**
 * Compares training steps, forward passes and iterations of each distillation method on an engine with PyTorch's
 * configurations, and with JAX: medians, minima, memory and ratios, in alternating rounds.
 *
 *   npm run source -- benchmarks/train-step/compare.ts [--sizes quickstart,mc32-b32] [--mode train,forward,sid,diff-instruct,boot]
 *     [--peers eager,channels_last,compile,compile-bf16,jax] [--rounds 15] [--threads 2] [--backend ort] [--python PYTHON] [--ceiling] [--save]
 *
 * The peers are those of `npm run setup:peers`; `compile` needs a C++ compiler. `jax`, for the modes `train` and `forward`, is not among
 * them by default: `npm run setup:peers -- --jax` installs it. `--backend` is our engine. On a GPU,
 * `npm run gpu-check` times the first two modes on all engines. `--ceiling` first measures the rates that the machine can reach.
 * `--openvino` evaluates our networks in bfloat16 (`--mode forward`; ONESTEP_OPENVINO is the folder of its library).
 * `--save` writes benchmarks/results/train-step/MODE/SIZE.json, and ceiling.json; with `--openvino` the mode is `forward-bfloat16`,
 * with the peer `jax` it is `train-jax` or `forward-jax`.
 */
import { parseArgs } from 'node:util';
import { BACKEND_NAMES, type BackendName } from '@onestep/backends';
import { jaxPython, peerPython } from '../peer-python.js';
import { saveResult } from '../save-result.js';
import { chooseNames, PEER_NAMES } from '../torch-peers.js';
import { formatCeiling, measureCeiling } from './ceiling.js';
import { compareSize, type Row } from './compare-size.js';
import { MODES, SIZES } from './settings.js';
import { requireJaxModes, STEP_PEERS } from './step-peers.js';
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
const peers = chooseNames('peer', options.peers, STEP_PEERS);
const backend = chooseNames('backend', options.backend, BACKEND_NAMES)[0] as BackendName;
const python = peerPython(options.python);
const { openvino } = options;
if (openvino && modes.join() !== 'forward') throw new Error('--openvino is for --mode forward.');
const withJax = peers.includes('jax');
if (withJax) {
  // Before any work: the process of JAX is the last to start.
  requireJaxModes(modes);
  jaxPython();
}

if (options.ceiling) {
  const ceiling = await measureCeiling(python, threads);
  console.log(formatCeiling(ceiling));
  if (options.save) saveResult('train-step/ceiling', SCRIPT, { threads }, { ...ceiling });
}
const rows: Row[] = [];
let versions: { pytorch: string; jax?: string } = { pytorch: '' };
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
    const { row, ...others } = compared;
    versions = others;
    rows.push(row);
    console.error(`${mode}, ${name}: ${row.ours.median_ms.toFixed(1)} ms`);
    const folder = [mode, ...(openvino ? ['bfloat16'] : []), ...(withJax ? ['jax'] : [])].join('-');
    if (options.save) saveResult(`train-step/${folder}/${name}`, SCRIPT, { backend, ...versions, threads }, row);
  }
}
console.log(
  `${[versions.pytorch, versions.jax].filter(Boolean).join(' and ')} next to the engine ${backend} with ${threads} threads\n`,
);
const tables = {
  'Ours over the peers, medians (minima)': ratioTable,
  'Milliseconds, medians (minima)': timeTable,
  'Largest resident memory, MB (ours over the peers)': memoryTable,
  'Seconds of the first, largest difference of the shared losses': firstTable,
};
for (const [title, format] of Object.entries(tables)) console.log(`${title}\n\n${format(rows)}\n`);
