import type { NeededWheel } from './wheel-index.js';

const wheel = (project: string, version: string): NeededWheel => ({ projects: [project], version, anyVersion: true });

/**
 * NVIDIA's libraries for TensorFlow 2.21: what its wheel requires as `and-cuda`, CUDA 12. The newest versions of the ranges
 * that it states, as of November 2026.
 */
export const CUDA_12: readonly NeededWheel[] = [
  wheel('nvidia-cublas-cu12', '12.9.3.13'),
  wheel('nvidia-cuda-cupti-cu12', '12.9.79'),
  wheel('nvidia-cuda-nvcc-cu12', '12.9.86'),
  wheel('nvidia-cuda-nvrtc-cu12', '12.9.86'),
  wheel('nvidia-cuda-runtime-cu12', '12.9.79'),
  wheel('nvidia-cudnn-cu12', '9.28.0.42'),
  wheel('nvidia-cufft-cu12', '11.4.1.4'),
  wheel('nvidia-curand-cu12', '10.3.10.19'),
  wheel('nvidia-cusolver-cu12', '11.7.5.82'),
  wheel('nvidia-cusparse-cu12', '12.5.10.65'),
  wheel('nvidia-nccl-cu12', '2.32.3'),
  wheel('nvidia-nvjitlink-cu12', '12.9.86'),
];

/** NVIDIA's libraries for onnxruntime-gpu 1.30: its extras `cuda` and `cudnn`, and what these require. CUDA 13. */
export const CUDA_13: readonly NeededWheel[] = [
  wheel('nvidia-cublas', '13.10.0.20'),
  wheel('nvidia-cuda-nvrtc', '13.5.37'),
  wheel('nvidia-cuda-runtime', '13.5.37'),
  wheel('nvidia-cudnn-cu13', '9.28.1.4'),
  wheel('nvidia-cufft', '12.5.0.14'),
  wheel('nvidia-curand', '10.4.5.25'),
  wheel('nvidia-nvjitlink', '13.5.37'),
];

/** Libraries, the assembler that TensorFlow starts, and its library of functions; no headers. */
export function isNvidiaLibrary(name: string): boolean {
  return /^nvidia\/.*(\.so(\.\d+)*$|\/bin\/|\/nvvm\/)/.test(name) || isLicense(name);
}

/** The terms under which a wheel may be used. */
export function isLicense(name: string): boolean {
  return /\.dist-info\/(licenses\/)?.*(licen[sc]e|notice|eula)[^/]*$/i.test(name);
}
