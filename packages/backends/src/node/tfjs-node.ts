import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { openProcessAddon } from './process-addon.js';
import { ERRORS_ONLY } from './tensorflow-environment.js';
import { engineFolder, readEngineRecord } from '@onestep/tfjs-backend-ort/engine-folder';

/** TensorFlow for Node on NVIDIA GPUs, as published in 2019 to 2024. */
export const CUDA_BUILD = '@tensorflow/tfjs-node-gpu';
/** The same for the CPU. */
export const CPU_BUILD = '@tensorflow/tfjs-node';

const require = createRequire(import.meta.url);

/** A tfjs-node on this machine. */
export interface TfjsNode {
  /** `@tensorflow/tfjs-node`, or `-gpu`. */
  name: string;
  version: string;
  folder: string;
  /** Where it was found. */
  place: 'engine folder' | 'node_modules';
  /** Its compiled part; null if the package was installed without it. */
  binding: string | null;
}

/** The compiled part of tfjs-node, as far as it is used here. */
interface Binding {
  TF_Version: string;
  isUsingGpuDevice(): boolean;
}

/**
 * The tfjs-node that the backend `tensorflow` uses: the one that `onestep engine install tensorflow` prepared, else tfjs-node-gpu, else
 * tfjs-node in node_modules.
 */
export function findTfjsNode(): TfjsNode | null {
  const engine = engineFolder('tensorflow');
  if (readEngineRecord(engine) !== null) {
    return describe(CPU_BUILD, join(engine, 'node_modules', CPU_BUILD), 'engine folder');
  }
  const installed = [CUDA_BUILD, CPU_BUILD].flatMap((name) => {
    const manifest = resolveManifest(name);
    return manifest === null ? [] : [describe(name, dirname(manifest), 'node_modules')];
  });
  return installed.find(({ binding }) => binding !== null) ?? installed[0] ?? null;
}

/** Whether a tfjs-node was made for NVIDIA GPUs. */
export function isForCuda({ name, place }: TfjsNode): boolean {
  if (place === 'node_modules') return name === CUDA_BUILD;
  const folder = engineFolder('tensorflow');
  return readEngineRecord(folder)?.cuda === true || existsSync(join(folder, 'nvidia'));
}

function resolveManifest(name: string): string | null {
  try {
    return require.resolve(`${name}/package.json`);
  } catch {
    return null;
  }
}

function describe(name: string, folder: string, place: TfjsNode['place']): TfjsNode {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return { name, version, folder, place, binding: findBinding(folder) };
}

/** The binding of the highest version of Node's native API. */
function findBinding(folder: string): string | null {
  const lib = join(folder, 'lib');
  if (!existsSync(lib)) return null;
  const versions = readdirSync(lib).flatMap((entry) => /^napi-v(\d+)$/.exec(entry)?.[1] ?? []);
  const files = versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(lib, `napi-v${version}`, 'tfjs_binding.node'));
  return files.find(existsSync) ?? null;
}

/**
 * Loads TensorFlow, and registers tfjs-node's kernels and its backend `tensorflow`.
 *
 * tfjs-node's own entry module also makes itself the current backend, and loads all of tfjs: the layers, two other backends, and a second
 * set of gradients, which would take the place of ours. So its kernels and its backend are loaded without it, and the tfjs that they
 * import is this program's tfjs-core.
 */
export function loadTfjsNode({ name, folder, binding: path }: TfjsNode & { binding: string }): Binding {
  const binding = loadBinding(path);
  if (tf.findBackendFactory('tensorflow') !== null) return binding;
  restoreUtilities();
  const requireInside = createRequire(join(folder, 'dist', 'index.js'));
  withTfjsCore(requireInside, () => {
    const { NodeJSKernelBackend } = requireInside('./nodejs_kernel_backend.js') as {
      NodeJSKernelBackend: new (binding: Binding, packageName: string) => tf.KernelBackend;
    };
    requireInside('./register_all_kernels.js');
    tf.registerBackend('tensorflow', () => new NodeJSKernelBackend(binding, name));
  });
  return binding;
}

/** Loads TensorFlow, without the messages that it prints before it has read its log level, unless that was chosen by the user. */
function loadBinding(path: string): Binding {
  const load = () => require(path) as Binding;
  const addon = process.env.TF_CPP_MIN_LOG_LEVEL === ERRORS_ONLY ? openProcessAddon() : null;
  return addon === null ? load() : addon.quietly(load);
}

/** Runs `load` while `require('@tensorflow/tfjs')` and `require('@tensorflow/tfjs-core')` give this program's tfjs-core. */
function withTfjsCore(requireInside: NodeJS.Require, load: () => void): void {
  const { cache } = requireInside;
  const replaced = ['@tensorflow/tfjs', '@tensorflow/tfjs-core'].map((name) => {
    const path = requireInside.resolve(name);
    const before = cache[path];
    cache[path] = Object.assign(new Module(path), { exports: tf, loaded: true });
    return { path, before };
  });
  try {
    load();
  } finally {
    for (const { path, before } of replaced) {
      if (before === undefined) Reflect.deleteProperty(cache, path);
      else cache[path] = before;
    }
  }
}

/** tfjs-node calls two functions of `util` that Node 23 has dropped. */
function restoreUtilities(): void {
  const util = require('node:util') as Record<string, unknown>;
  util.isArray ??= Array.isArray;
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
}
