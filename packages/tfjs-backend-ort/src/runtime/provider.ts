import { writeModel } from '../onnx/model.js';
import { Session, wrap } from './binding.js';
import { library } from './library.js';
import { whyCudaIsNotLoaded } from './prepared-cuda.js';

/** The supported execution providers of onnxruntime, which run the graphs. */
export const PROVIDERS = ['cpu', 'webgpu', 'cuda'] as const;
export type Provider = (typeof PROVIDERS)[number];

const checked = new Set<Provider>(['cpu']);

/** What to install for a provider. */
const REMEDY: Record<Provider, string> = {
  cpu: '',
  webgpu:
    "It needs a GPU with its driver: on Linux the Vulkan loader and a Vulkan driver (Debian and Ubuntu: 'libvulkan1' " +
    "with 'mesa-vulkan-drivers' for AMD and Intel, or NVIDIA's driver; 'vulkaninfo' lists what is found), on Windows " +
    'Direct3D 12, on macOS Metal.',
  cuda:
    "It needs Linux on x64, an NVIDIA GPU with a driver for CUDA 13 (580 or newer), and CUDA's libraries: 'onestep engine install " +
    "ort-cuda' prepares them (without onestep's command line: 'npx @onestep/cli engine install ort-cuda'). ONNX Runtime is loaded " +
    "once in a process: ask for 'cuda' before another provider runs.",
};

/**
 * Loads ONNX Runtime and checks, once per process, that a provider works: it must add two numbers.
 *
 * @throws Error that says what was tried, what failed and what to install
 */
export function requireProvider(provider: Provider): void {
  const { name, version, access, providers, reason } = library(provider);
  if (checked.has(provider)) return;
  const fail = (reason: string, cause?: unknown) =>
    new Error(
      `The execution provider '${provider}' of the ort backend does not work here: ${reason} ${REMEDY[provider]} ` +
        `Or use the provider 'cpu'.`,
      { cause },
    );
  if (!providers.includes(provider)) {
    const platform = `${process.platform}-${process.arch}`;
    throw fail(`${name} ${version} for ${platform} has only ${providers.join(', ') || 'the CPU'}.`);
  }
  if (access !== 'binding') throw fail(`it needs the private binding of ${name}, which does not work (${reason}).`);
  let sum: number;
  try {
    sum = addOneAndTwo(provider);
  } catch (error) {
    const reason = (provider === 'cuda' ? whyCudaIsNotLoaded() : null) ?? shortMessage(error);
    throw fail(`starting it with ${name} ${version} on a small graph failed (${reason}).`, error);
  }
  if (sum !== 3) throw fail(`it computed 1 + 2 = ${sum}.`);
  checked.add(provider);
}

function addOneAndTwo(provider: Provider): number {
  const info = (name: string) => ({ name, type: 'float32' as const, dims: [1] });
  const model = writeModel({
    nodes: [{ op: 'Add', domain: '', inputs: ['x', 'y'], outputs: ['z'], attributes: {} }],
    initializers: [],
    inputs: [info('x'), info('y')],
    outputs: [info('z')],
  });
  const session = new Session(model, { threads: 1, provider, strict: true });
  const [x, y, z] = [1, 2, 0].map((value) => Float32Array.of(value)) as [Float32Array, Float32Array, Float32Array];
  session.run({ x: wrap('float32', x, [1]), y: wrap('float32', y, [1]) }, { z: wrap('float32', z, [1]) });
  session.dispose();
  return z[0]!;
}

/** onnxruntime's message without the location in its source. */
function shortMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [cuda] = /CUDA failure \d+: [^;]+/.exec(message) ?? [];
  if (cuda !== undefined) return cuda.trim();
  return message.trim().split('was false. ').at(-1)!;
}
