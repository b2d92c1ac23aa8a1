import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CUDA_13, isLicense, isNvidiaLibrary } from './nvidia-wheels.js';
import type { Recipe } from './recipe.js';

/** ONNX Runtime's version: that of tfjs-backend-ort's EXPECTED_VERSION. */
export const ORT_VERSION = '1.30.0';

const CAPI = 'onnxruntime/capi';
const LIBRARY = /^onnxruntime\/capi\/libonnxruntime(\.so\.[\d.]+|_providers_(cuda|shared)\.so)$/;

/**
 * Libraries that the CUDA provider needs by their names, each after those that it needs itself. (cuDNN loads its parts from its own
 * folder.)
 */
const PRELOADED = ['cudart', 'nvrtc', 'nvJitLink', 'cublasLt', 'cublas', 'curand', 'cufft', 'cudnn'];

/**
 * How ONNX Runtime's CUDA provider is prepared: Node's binding from npm, and the libraries of onnxruntime-gpu's wheel, which are of one
 * build, in the place of npm's, which lacks the provider.
 */
export function ortCudaRecipe(): Recipe {
  return {
    wheels: [{ projects: ['onnxruntime-gpu'], version: ORT_VERSION }, ...CUDA_13],
    wanted: (name) => LIBRARY.test(name) || isLicense(name) || isNvidiaLibrary(name),
    packages: { 'onnxruntime-node': ORT_VERSION },
    overrides: {},
    compiles: false,
    async build({ folder }) {
      const platforms = join(folder, 'node_modules/onnxruntime-node/bin/napi-v6');
      await keepOnly(platforms, 'linux');
      await keepOnly(join(platforms, 'linux'), 'x64');
      for (const file of await readdir(join(folder, CAPI))) {
        const name = file.replace(/^libonnxruntime\.so\..*/, 'libonnxruntime.so.1');
        await rename(join(folder, CAPI, file), join(platforms, 'linux/x64', name));
      }
      await rm(join(folder, 'onnxruntime'), { recursive: true });
      return preloaded(folder);
    },
  };
}

async function keepOnly(folder: string, name: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (entry !== name) await rm(join(folder, entry), { recursive: true });
  }
}

/** The libraries' paths in the folder. */
async function preloaded(folder: string): Promise<string[]> {
  const files = (await readdir(join(folder, 'nvidia'), { recursive: true })).sort();
  return PRELOADED.map((name) => {
    const file = files.find((path) => new RegExp(`/lib/lib${name}\\.so\\.\\d+$`).test(path));
    if (file === undefined) throw new Error(`NVIDIA's wheels have no library ${name}.`);
    return join('nvidia', file);
  });
}
