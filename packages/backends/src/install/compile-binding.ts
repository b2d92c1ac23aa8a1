import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { BackendError } from '../backend-error.js';
import { PROCESS_ADDON } from './process-addon.js';
import type { BuildInput } from './recipe.js';
import { runCommand } from './run-command.js';
import { timed } from './units.js';

/** The version of Node's native API. tfjs-node has its binding in a folder of this name. */
const NAPI = 8;

/**
 * Compiles tfjs-node's binding against the TensorFlow in an engine's folder, and the small one that keeps TensorFlow's first messages
 * off the terminal.
 *
 * @throws BackendError with the compiler's last lines
 */
export async function compileBinding({ folder, platform, compiler, report, signal }: BuildInput): Promise<void> {
  const sources = join(folder, 'node_modules/@tensorflow/tfjs-node');
  const binding = join(sources, `lib/napi-v${NAPI}/tfjs_binding.node`);
  const addon = join(folder, 'process-addon');
  await mkdir(dirname(binding), { recursive: true });
  await writeFile(`${addon}.cc`, PROCESS_ADDON);

  const libraries = join(folder, 'tensorflow');
  const isMac = platform.os === 'macos';
  const origin = `${isMac ? '@loader_path' : '$ORIGIN'}/${relative(dirname(binding), libraries)}`;
  const common = [
    ...['-O2', '-fPIC', '-std=c++17', `-DNAPI_VERSION=${NAPI}`, '-DBUILDING_NODE_EXTENSION'],
    ...(isMac ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared']),
    `-I${join(folder, 'node_modules/node-api-headers/include')}`,
  ];
  const compile = async (args: readonly string[]) => {
    try {
      await runCommand(compiler!.command, [...common, ...args], { cwd: sources, signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw new BackendError(`The binding could not be compiled. ${(error as Error).message}`, { cause: error });
    }
  };
  report?.progress('Compiling the binding of tfjs-node');
  const { seconds } = await timed(async () => {
    const linked = isMac ? DYLIBS.map((name) => join(libraries, name)) : await makeStandIns(folder, compile);
    await Promise.all([
      compile([
        ...[`-I${join(libraries, 'include')}`, '-Ibinding', 'binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'],
        ...linked,
        ...[`-Wl,-rpath,${origin}`, '-o', binding],
      ]),
      compile([`${addon}.cc`, '-o', `${addon}.node`]),
    ]);
  });
  await rm(`${addon}.cc`);
  await rm(join(folder, STAND_INS), { recursive: true, force: true });
  report?.step(`Compiled the binding with ${compiler!.version}: ${seconds}`);
}

const DYLIBS = ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'];
const STAND_INS = 'stand-ins';

/**
 * Makes empty libraries with the names of TensorFlow's, to link with. They make the binding load the real ones. The linker would read
 * a million symbols of these, which takes it most of a minute.
 *
 * @returns the linker's arguments
 */
async function makeStandIns(folder: string, compile: (args: readonly string[]) => Promise<void>): Promise<string[]> {
  await mkdir(join(folder, STAND_INS));
  const empty = join(folder, STAND_INS, 'empty.cc');
  await writeFile(empty, '');
  const files = ['cc', 'framework'].map((name) => join(folder, STAND_INS, `libtensorflow_${name}.so.2`));
  await Promise.all(files.map((file) => compile([empty, `-Wl,-soname,${basename(file)}`, '-o', file])));
  // As needed, the linker would leave out libraries that define nothing.
  return ['-Wl,--no-as-needed', ...files];
}
