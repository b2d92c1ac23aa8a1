import type { Call } from '../../../apps/web/src/rpc/messages.js';

/** What computes, and with what. */
export interface Side {
  /** What computes: this project's engine, or onnxruntime-web with the exported network. */
  of: 'onestep' | 'onnxruntime-web';
  device: 'wasm' | 'webgpu';
  /** Number of threads of `wasm`; more than one needs a page that is cross-origin isolated. */
  threads: number;
  /** Whether `wasm` may use SIMD. onnxruntime-web has no binary without. */
  simd: boolean;
  /** URL of the network: a safetensors file for `onestep`, ONNX for `onnxruntime-web`. */
  network: string;
}

/** What runs. */
export interface Started {
  /** The engine in one line. */
  engine: string;
  isCrossOriginIsolated: boolean;
}

/** Pictures to make, one batch after the other. */
export interface PictureRequest {
  /** Number of batches. */
  count: number;
  /** Pictures in each. */
  batch: number;
}

/** Pictures that were made. Their seeds are 0, 1, 2 ..., and their classes the same modulo 10. */
export interface Pictures {
  /** Milliseconds of each batch, from seeds to pixels. */
  times: number[];
  /** Pixels of the first batch, [batch, H, W, C] in [-1, 1]. */
  pixels: number[];
  /** WebGPU's dispatches for each batch; 0 for `wasm`. */
  dispatches: number;
}

/** The calls that both workers answer. */
export interface PictureCalls {
  start: Call<Side, Started>;
  run: Call<PictureRequest, Pictures>;
}
