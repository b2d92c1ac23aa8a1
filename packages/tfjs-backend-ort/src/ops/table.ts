import { batchNormKernels } from './batch-norm.js';
import { binaryKernels } from './binary.js';
import { conv2dKernels } from './conv2d.js';
import { conv3dKernels } from './conv3d.js';
import { cumulativeKernels } from './cumulative.js';
import { depthwiseKernels } from './depthwise.js';
import { einsumKernels } from './einsum.js';
import { fusedKernels } from './fused.js';
import { indexingKernels } from './indexing.js';
import { joiningKernels } from './joining.js';
import type { Kernel } from './kernel.js';
import { matMulKernels } from './matmul.js';
import { poolKernels } from './pool.js';
import { reductionKernels } from './reduce.js';
import { resizeKernels } from './resize.js';
import { scatterKernels } from './scatter.js';
import { shapeKernels } from './shape.js';
import { spaceToBatchKernels } from './space-to-batch.js';
import { topKKernels } from './top-k.js';
import { unaryKernels } from './unary.js';

const KERNEL_LISTS: readonly (readonly Kernel[])[] = [
  unaryKernels,
  binaryKernels,
  reductionKernels,
  shapeKernels,
  joiningKernels,
  indexingKernels,
  matMulKernels,
  conv2dKernels,
  depthwiseKernels,
  conv3dKernels,
  poolKernels,
  batchNormKernels,
  spaceToBatchKernels,
  cumulativeKernels,
  einsumKernels,
  scatterKernels,
  topKKernels,
  resizeKernels,
  fusedKernels,
];

/** The kernels that are lowered to ONNX, by their tfjs names. */
export const KERNELS: ReadonlyMap<string, Kernel> = new Map(KERNEL_LISTS.flat().map((kernel) => [kernel.name, kernel]));
