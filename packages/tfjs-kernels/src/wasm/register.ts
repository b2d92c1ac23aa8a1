import { registerCopies } from './compiled/copies.js';
import { registerFusedKernels } from './compiled/fused.js';
import { registerProductByRows } from './compiled/product.js';
import { registerStyleGan2Layers } from './compiled/stylegan2.js';
import { registerConvolutionGradients } from './convolution-gradients.js';
import { registerDepthwiseGradients } from './depthwise-gradients.js';
import { registerGroupNorm } from './group-norm.js';
import { registerTransposedMatmul } from './matmul.js';
import { registerMaxPoolGradient } from './max-pool-gradient.js';
import { registerSegmentSum } from './segment-sum.js';
import { registerSine } from './sine.js';
import { registerPixelSum } from './sum.js';

let isRegistered = false;

/**
 * Registers this package's kernels for the engine `wasm`. Calling it again has no effect.
 *
 * @throws Error if `@tensorflow/tfjs-backend-wasm` has not been imported
 */
export function registerWasmKernels(): void {
  if (isRegistered) return;
  registerSine();
  registerTransposedMatmul();
  registerPixelSum();
  registerConvolutionGradients();
  registerDepthwiseGradients();
  registerMaxPoolGradient();
  registerSegmentSum();
  registerGroupNorm();
  registerFusedKernels();
  registerProductByRows();
  registerCopies();
  registerStyleGan2Layers();
  isRegistered = true;
}
