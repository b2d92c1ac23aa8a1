import { rm, symlink } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { BackendError } from '../backend-error.js';
import { compileBinding } from './compile-binding.js';
import { CUDA_12, isLicense, isNvidiaLibrary } from './nvidia-wheels.js';
import type { WheelPlatform } from './platform.js';
import type { Recipe } from './recipe.js';

/** The version whose C API the binding was compiled and tested with. */
export const TENSORFLOW_VERSION = '2.21.0';
const TFJS_VERSION = '4.22.0';

/** Libraries and the headers of the C API, which is what the binding uses. */
const LIBRARY = /^tensorflow\/libtensorflow_(cc|framework)\.(so\.2|2\.dylib)$/;
const HEADER = /^tensorflow\/include\/(tensorflow\/c|tensorflow\/core\/platform|tsl\/platform|xla\/tsl\/c)\/.*\.h$/;

/**
 * How TensorFlow is prepared: its libraries from Python's wheel, tfjs-node from npm, and a binding that is compiled from tfjs-node's own
 * sources. The folder can be moved: the binding finds the libraries relative to itself, and they find NVIDIA's, as in `site-packages`.
 *
 * @param existing the folder `tensorflow` of a Python installation, used in place of a wheel
 * @throws BackendError if `existing` has no such libraries
 */
export function tensorflowRecipe(cuda: boolean, platform: WheelPlatform, existing?: string): Recipe {
  if (existing !== undefined) requireLibraries(existing);
  const isCpuBuild = !cuda && platform.os === 'linux' && platform.arch === 'x86_64';
  const project = isCpuBuild ? ['tensorflow-cpu', 'tensorflow'] : ['tensorflow'];
  const tensorflow = { projects: project, version: TENSORFLOW_VERSION, anyVersion: true };
  return {
    wheels: existing === undefined ? [tensorflow, ...(cuda ? CUDA_12 : [])] : [],
    wanted: (name) => LIBRARY.test(name) || HEADER.test(name) || isLicense(name) || isNvidiaLibrary(name),
    packages: {
      '@tensorflow/tfjs-node': TFJS_VERSION,
      '@tensorflow/tfjs-core': TFJS_VERSION,
      'node-api-headers': '1.9.0',
    },
    // Its kernels import tfjs and get this program's tfjs-core (see tfjs-node.ts); the package has to be there, not its 250 MB.
    overrides: { '@tensorflow/tfjs': `npm:@tensorflow/tfjs-core@${TFJS_VERSION}` },
    compiles: true,
    async build(input) {
      if (existing !== undefined) await linkExisting(input.folder, resolve(existing));
      await compileBinding(input);
      if (existing === undefined) await rm(join(input.folder, 'tensorflow/include'), { recursive: true });
      return [];
    },
  };
}

function requireLibraries(folder: string): void {
  const missing = ['libtensorflow_cc', 'libtensorflow_framework', 'include/tensorflow/c/c_api.h'].filter(
    (name) => ![name, `${name}.so.2`, `${name}.2.dylib`].some((file) => existsSync(join(folder, file))),
  );
  if (missing.length === 0) return;
  throw new BackendError(
    `${folder} has no ${missing.join(', no ')}: it is not the folder 'tensorflow' of a Python installation of TensorFlow ` +
      `(.../site-packages/tensorflow). Leave --tensorflow out to have TensorFlow ${TENSORFLOW_VERSION} downloaded.`,
  );
}

/** NVIDIA's libraries of the same Python installation, if there are any, are next to it as in the wheels. */
async function linkExisting(folder: string, tensorflow: string): Promise<void> {
  await symlink(tensorflow, join(folder, 'tensorflow'));
  const nvidia = join(dirname(tensorflow), 'nvidia');
  if (existsSync(nvidia)) await symlink(nvidia, join(folder, 'nvidia'));
}
