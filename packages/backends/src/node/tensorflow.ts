import { readdirSync, readFileSync } from 'node:fs';
import { registerTensorflowKernels } from '@onestep/tfjs-kernels';
import { BackendError } from '../backend-error.js';
import { summarizeError } from '../optional-package.js';
import { activate, type StartedBackend } from '../started-backend.js';
import { setTensorflowEnvironment, tensorflowThreads } from './tensorflow-environment.js';
import { findTfjsNode, isForCuda, loadTfjsNode } from './tfjs-node.js';

const REMEDY =
  "'onestep engine install tensorflow' prepares it for the CPU, and with --cuda for an NVIDIA GPU (without onestep's command line: " +
  "'npx @onestep/cli engine install tensorflow'). Or use the backend 'ort', which needs no preparation.";

/**
 * Starts TensorFlow with the tfjs-node that {@link findTfjsNode} finds.
 *
 * @param requireGpu whether computing on the CPU is an error. Default: false
 * @throws BackendError if there is none, or TensorFlow does not start
 */
export async function startTensorflow({ requireGpu = false } = {}): Promise<StartedBackend> {
  const found = findTfjsNode();
  if (found === null) throw new BackendError(`The backend 'tensorflow' is not prepared on this machine: ${REMEDY}`);
  const { name, version, folder, binding } = found;
  if (binding === null) {
    throw new BackendError(
      `The backend 'tensorflow' found ${name} in ${folder} without its compiled part (lib/napi-v8/tfjs_binding.node): ${REMEDY}`,
    );
  }
  setTensorflowEnvironment();
  let library: ReturnType<typeof loadTfjsNode>;
  try {
    library = loadTfjsNode({ ...found, binding });
  } catch (error) {
    throw new BackendError(`The backend 'tensorflow' could not load ${binding} (${summarizeError(error)}): ${REMEDY}`, {
      cause: error,
    });
  }
  const onGpu = library.isUsingGpuDevice();
  const reason =
    onGpu || !isForCuda(found) ? '' : `: it has CUDA, but found no NVIDIA GPU (TF_CPP_MIN_LOG_LEVEL=0 tells more)`;
  if (requireGpu && !onGpu) throw new BackendError(`The backend 'tensorflow' would compute on the CPU${reason}.`);
  await activate('tensorflow', REMEDY);
  registerTensorflowKernels();
  const device = onGpu ? describeGpu() : `${describeCpu()}${reason}`;
  return {
    tfjsName: 'tensorflow',
    description: `tensorflow: TensorFlow ${library.TF_Version} (${name.split('/')[1]} ${version}), ${device}`,
  };
}

function describeCpu(): string {
  const threads = tensorflowThreads();
  return `CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
}

/** Where NVIDIA's driver lists the GPUs of a Linux machine. */
const GPUS = '/proc/driver/nvidia/gpus';

/** The GPU's model, if all GPUs of the machine are of one, and what CUDA_VISIBLE_DEVICES says. */
function describeGpu(): string {
  const models = new Set(gpuModels());
  const model = models.size === 1 ? [...models][0]! : 'NVIDIA';
  return `GPU ${model}, CUDA_VISIBLE_DEVICES=${process.env.CUDA_VISIBLE_DEVICES ?? ''}`;
}

function gpuModels(): string[] {
  try {
    return readdirSync(GPUS).flatMap(
      (gpu) => /^Model:\s*(.+)$/m.exec(readFileSync(`${GPUS}/${gpu}/information`, 'utf8'))?.[1] ?? [],
    );
  } catch {
    return []; // Windows, and containers that hide it.
  }
}
