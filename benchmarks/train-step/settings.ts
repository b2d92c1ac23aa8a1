import type { BackendName } from '@onestep/backends';
import { boot } from '@onestep/boot';
import { diffInstruct } from '@onestep/diff-instruct';
import { sid } from '@onestep/sid';
import type { Size } from './sizes.js';

export { SIZES, type Size } from './sizes.js';

export const MODES = ['train', 'forward', 'sid', 'diff-instruct', 'boot'] as const;

/** What is timed: a training step, a forward pass without gradients, or an iteration of a method of distillation. */
export type Mode = (typeof MODES)[number];

/** How peer.py computes. Default: in float32 on the CPU. */
export interface TorchSettings {
  /** Default: cpu. */
  device?: 'cpu' | 'cuda';
  /**
   * `fp32` multiplies in float32, `tf32` on NVIDIA's tensor cores with 10 bits of the mantissa. `bf16` is autocast to bfloat16 in the
   * network, with float32 weights. Default: fp32.
   */
  precision?: 'fp32' | 'tf32' | 'bf16';
  /** Whether `torch.compile` compiles the network; for the modes `train` and `forward`. Default: false. */
  compile?: boolean;
  /** Whether images are stored with their channels last, which tensor cores prefer. Default: false. */
  channels_last?: boolean;
}

/** What both workers are told, as JSON. */
export interface WorkSettings extends Size {
  mode: Mode;
  /** The engine of ours.ts; default: ort. `wasm-plain` is tfjs's wasm without the kernels that `@onestep/backends` adds. */
  backend?: BackendName | 'wasm-plain';
  /** Whether the network of ours.ts multiplies in half precision. Default: false. */
  useFp16?: boolean;
  /** Whether ours.ts evaluates the network in bfloat16 with OpenVINO; for the mode `forward`. Default: false. */
  openvino?: boolean;
  threads: number;
  /** The folder in which ours.ts leaves weights.f32 and draws.f32 for peer.py; empty: nowhere. */
  exchange: string;
  /** How peer.py computes. */
  torch?: TorchSettings;
  distillation: typeof DISTILLATION;
}

/** A learning rate at which the effect of three iterations shows. */
const RATE = { learning_rate: 1e-4 };
const [SID, DIFF_INSTRUCT, BOOT] = [sid.settle({}), diffInstruct.settle({}), boot.settle({})];

/** Settings of each method, under the names that the peers read: the methods' defaults except for the learning rate. */
export const DISTILLATION = {
  sid: { ...RATE, init_sigma: SID.initSigma, alpha: SID.alpha, loss_scale: SID.lsg, tmax: SID.tmax },
  'diff-instruct': { ...RATE, init_sigma: DIFF_INSTRUCT.initSigma },
  // The peer has this solver only.
  boot: {
    ...RATE,
    init_sigma: BOOT.initSigma,
    delta: BOOT.delta,
    beta: BOOT.beta,
    weight_clip: BOOT.weightClip,
    solver: 'heun',
  },
} as const;

/** Pieces of work at the beginning that both sides do on the same draws, and whose losses are compared. */
export const SHARED_ROUNDS = 3;
