import { readFileSync } from 'node:fs';
import type { BackendName } from '@onestep/backends';
import type { NetworkSize } from './network.js';

export const MODES = ['train', 'forward', 'sid', 'diff-instruct', 'boot'] as const;

/** What is timed: a training step, a forward pass without gradients, or an iteration of a method of distillation. */
export type Mode = (typeof MODES)[number];

/** An entry of sizes.json. */
export interface Size {
  batch: number;
  network: NetworkSize;
}

/** What both workers are told, as JSON. */
export interface WorkSettings extends Size {
  mode: Mode;
  /** The engine of ours.ts; default: ort. `wasm-plain` is tfjs's wasm without the kernels that `@onestep/backends` adds. */
  backend?: BackendName | 'wasm-plain';
  threads: number;
  /** The folder in which ours.ts leaves weights.f32 and draws.f32 for peer.py. */
  exchange: string;
  distillation: typeof DISTILLATION;
}

/** Of each method: the packages' defaults, but a learning rate at which three iterations show. */
export const DISTILLATION = {
  sid: { learning_rate: 1e-4, init_sigma: 2.5, alpha: 1.2, loss_scale: 100, tmax: 800 },
  'diff-instruct': { learning_rate: 1e-4, init_sigma: 1 },
  // The peer has this solver only.
  boot: { learning_rate: 1e-4, init_sigma: 2.5, delta: 0.05, beta: 0.1, weight_clip: 25, solver: 'heun' },
} as const;

/** Pieces of work at the beginning that both sides do on the same draws, and whose losses are compared. */
export const SHARED_ROUNDS = 3;

/** The sizes to compare, by name. */
export const SIZES = JSON.parse(readFileSync(new URL('sizes.json', import.meta.url), 'utf8')) as Record<string, Size>;
