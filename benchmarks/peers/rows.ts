/** A part of the comparison: a script with its options, in a process of its own. */
export interface PeerRow {
  name: string;
  /** Path of the script below benchmarks/. */
  script: string;
  args: readonly string[];
  /** Options with which it only shows that it runs to its end. */
  short: readonly string[];
  /** What it saves, below the folder of results: with all of them there, the row is not measured again. */
  results: readonly string[];
  /** Minutes on two idle processors of 2.6 GHz, with what PyTorch compiles in its cache. A guess, for planning. */
  minutes: number;
  /** Whether it has peers that PyTorch compiles. */
  compiles?: boolean;
  /** Whether it has the peer JAX, which not everybody installs: it is measured only where `--only` names it. */
  hasJax?: boolean;
}

const FLOAT32_EAGER = ['--peers', 'eager,channels_last'];
const SHORT = ['--rounds', '1', '--peers', 'eager,channels_last'];

/** Training steps and forward passes: sizes with the rounds that fit into some tens of seconds. */
const STEPS: readonly [mode: string, size: string, rounds: number, minutes: number][] = [
  ['train', 'quickstart', 11, 1],
  ['train', 'mc32-b2', 15, 0.9],
  ['train', 'mc32-b32', 7, 1.2],
  ['train', 'mc64-b32', 4, 1.8],
  ['train', 'cifar10-ddpmpp', 3, 2],
  ['forward', 'quickstart', 15, 0.8],
  ['forward', 'mc32-b32', 11, 0.8],
  ['forward', 'cifar10-ddpmpp', 3, 1],
];
/** Forward passes in bfloat16, where the environment variable says where OpenVINO is. */
const BFLOAT16: readonly [size: string, rounds: number][] = process.env.ONESTEP_OPENVINO
  ? [
      ['quickstart', 15],
      ['mc32-b32', 11],
      ['cifar10-ddpmpp', 3],
    ]
  : [];
/** Training steps and forward passes next to JAX. */
const JAX: readonly [mode: string, size: string, rounds: number, minutes: number][] = [
  ['train', 'quickstart', 11, 0.7],
  ['train', 'mc32-b32', 7, 0.7],
  ['train', 'mc32-b2', 15, 0.6],
  ['train', 'cifar10-ddpmpp', 3, 2],
  ['forward', 'quickstart', 15, 0.4],
  ['forward', 'mc32-b32', 11, 0.4],
  ['forward', 'mc32-b2', 15, 0.3],
  ['forward', 'cifar10-ddpmpp', 3, 0.7],
];
/** Iterations of methods, without compiling. */
const METHODS: readonly [size: string, rounds: number, minutes: number][] = [
  ['quickstart', 4, 0.6],
  ['mc32-b32', 3, 0.9],
];

/** All parts, in the order in which they run. */
export const PEER_ROWS: readonly PeerRow[] = [
  ...STEPS.map(([mode, size, rounds, minutes]) => step(mode, size, rounds, minutes, true)),
  ...BFLOAT16.map(([size, rounds]): PeerRow => ({
    ...step('forward', size, rounds, 0.5, true),
    name: `bfloat16/${size}`,
    args: [...step('forward', size, rounds, 0.5, true).args, '--openvino', '--peers', 'compile-bf16'],
    results: [`train-step/forward-bfloat16/${size}`],
  })),
  ...JAX.map(([mode, size, rounds, minutes]): PeerRow => {
    const chosen = ['--mode', mode, '--sizes', size, '--peers', 'eager,jax'];
    return {
      name: `jax/${mode}/${size}`,
      script: 'train-step/compare.ts',
      args: [...chosen, '--rounds', String(rounds)],
      short: [...chosen, '--rounds', '1'],
      results: [`train-step/${mode}-jax/${size}`],
      minutes,
      hasJax: true,
    };
  }),
  ...METHODS.flatMap(([size, rounds, minutes]) =>
    ['sid', 'diff-instruct', 'boot'].map((mode) => step(mode, size, rounds, minutes, false)),
  ),
  {
    name: 'latency',
    script: 'latency/compare.ts',
    args: ['--sizes', 'quickstart,mc32-b2', '--pictures', '100', '--rounds', '3'],
    short: ['--sizes', 'quickstart', '--pictures', '3', ...SHORT],
    results: ['latency/quickstart', 'latency/mc32-b2'],
    minutes: 1.7,
    compiles: true,
  },
  {
    name: 'sampling',
    script: 'sampling/compare.ts',
    args: ['--rounds', '3', '--peers', 'eager,compile'],
    short: ['--batch', '1', '--size', 'quickstart', ...SHORT],
    results: ['sampling'],
    minutes: 1,
    compiles: true,
  },
  {
    name: 'start-up',
    script: 'start-up/compare.ts',
    args: ['--rounds', '3', '--peers', 'eager'],
    short: ['--rounds', '1', '--peers', 'eager'],
    results: ['start-up'],
    minutes: 0.5,
  },
  {
    name: 'inception',
    script: 'inception/compare.ts',
    args: ['--rounds', '3', ...FLOAT32_EAGER],
    short: ['--images', '2', '--batch', '2', ...SHORT],
    results: ['inception'],
    minutes: 1.2,
  },
  {
    name: 'fid',
    script: 'fid/compare.ts',
    args: [],
    short: ['--dim', '128', '--few', '100'],
    results: ['fid'],
    minutes: 1.2,
  },
  {
    name: 'dataset',
    script: 'dataset/compare.ts',
    args: ['--images', '5000', '--rounds', '3'],
    short: ['--images', '500', '--rounds', '1'],
    results: ['dataset'],
    minutes: 0.5,
  },
  {
    name: 'load-weights',
    script: 'load-weights/compare.ts',
    args: ['--rounds', '3'],
    short: ['--rounds', '1'],
    results: ['load-weights'],
    minutes: 0.7,
  },
  ...['forward-batch', 'forward-resolution', 'train-batch'].map((result): PeerRow => {
    const [mode, axis] = result.split('-') as [string, string];
    return {
      name: `growth/${result}`,
      script: 'growth/main.ts',
      args: ['--mode', mode, '--axis', axis, '--seconds', '1'],
      short: ['--mode', mode, '--axis', axis, '--seconds', '0.1', '--most', '4'],
      results: [`growth/${result}`],
      minutes: axis === 'batch' ? 1.1 : 0.8,
    };
  }),
  {
    name: 'quickstart',
    script: 'quickstart/compare.ts',
    args: ['--kimg', '2', '--num', '500', '--peers', 'eager'],
    short: ['--kimg', '0.32', '--num', '256', '--peers', 'eager'],
    results: ['quickstart'],
    minutes: 1.5,
  },
];

function step(mode: string, size: string, rounds: number, minutes: number, compiles: boolean): PeerRow {
  return {
    name: `${mode}/${size}`,
    script: 'train-step/compare.ts',
    args: ['--mode', mode, '--sizes', size, '--rounds', String(rounds), ...(compiles ? [] : FLOAT32_EAGER)],
    short: ['--mode', mode, '--sizes', size, ...SHORT],
    results: [`train-step/${mode}/${size}`],
    minutes,
    compiles,
  };
}
