/**
 * The only module that loads OpenVINO: its C interface, through koffi. The library is not part of any package. The user
 * installs it (PyPI's package `openvino` contains it) and names its folder.
 */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type Koffi from 'koffi';
import { nativeCall } from '../../native-calls/call-table.js';

/** How koffi describes a type. */
type TypeSpec = Parameters<typeof Koffi.sizeof>[0];
/** An object of the library. */
export type Handle = object;
/** Where a function of the library leaves an object. */
type Result = [Handle | null];
type Status = number;

/** The functions that are called. Those that return a status return 0 if all went well. */
export interface OpenVino {
  /** Such as `2026.4.1-22220-`. */
  version: string;
  /** Number formats that the CPU multiplies in: `FP32`, `BF16`, ... */
  capabilities: readonly string[];
  readModel(core: Handle, model: Uint8Array, bytes: number, weights: null, result: Result): Status;
  compileModel(core: Handle, model: Handle, device: string, count: number, result: Result, ...more: string[]): Status;
  createRequest(compiled: Handle, result: Result): Status;
  wrapMemory(type: number, shape: { rank: number; dims: BigInt64Array }, memory: Float32Array, result: Result): Status;
  setTensor(request: Handle, name: string, tensor: Handle): Status;
  infer(request: Handle): Status;
  free: Record<'model' | 'compiled' | 'request' | 'tensor', (handle: Handle) => void>;
  /** The library itself, for `readModel` and `compileModel`. */
  core: Handle;
  /** @throws Error with OpenVINO's own message, if a call went wrong */
  check(status: Status, doing: string): void;
}

const FOLDER = 'ONESTEP_OPENVINO';
const REMEDY =
  `Install it with "pip install openvino", and set ${FOLDER} to the folder of its libraries: ` +
  `${FOLDER}=$(python3 -c "import openvino, os; print(os.path.dirname(openvino.__file__))")/libs`;
/** Names of the C library on Linux, macOS and Windows. */
const C_LIBRARY = /^(lib)?openvino_c\.(so(\.\d+)*|(\d+\.)*dylib|dll)$/;

let loaded: OpenVino | undefined;

/**
 * OpenVINO, loaded once per process.
 *
 * @throws Error that says what is missing and how to install it
 */
export function openVino(): OpenVino {
  return (loaded ??= nativeCall(() => load(findLibrary())));
}

function findLibrary(): string {
  const folder = process.env[FOLDER];
  if (folder === undefined || folder === '') throw new Error(`OpenVINO's library is not known. ${REMEDY}`);
  let files: string[];
  try {
    files = readdirSync(folder);
  } catch (error) {
    throw new Error(`${FOLDER} is '${folder}', which is not a folder that can be read. ${REMEDY}`, { cause: error });
  }
  const file = files.find((name) => C_LIBRARY.test(name));
  if (file === undefined) throw new Error(`${FOLDER} is '${folder}', which has no libopenvino_c. ${REMEDY}`);
  return join(folder, file);
}

function importKoffi(): typeof Koffi {
  try {
    return createRequire(import.meta.url)('koffi') as typeof Koffi;
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0];
    throw new Error(`OpenVINO is called through the npm package koffi: npm install koffi (${reason}).`, {
      cause: error,
    });
  }
}

function load(path: string): OpenVino {
  const koffi = importKoffi();
  let library: ReturnType<typeof koffi.load>;
  try {
    library = koffi.load(path);
  } catch (error) {
    throw new Error(`${path} cannot be loaded: ${(error as Error).message.trim()} ${REMEDY}`, { cause: error });
  }
  const shape = koffi.struct({ rank: 'int64_t', dims: 'void *' });
  const version = koffi.struct({ buildNumber: 'const char *', description: 'const char *' });
  const handle = koffi.out(koffi.pointer('void *'));
  const define = (result: string, name: string, ...parameters: TypeSpec[]) =>
    library.func(name, result, parameters) as unknown as (...args: unknown[]) => never;
  const message = define('const char *', 'ov_get_last_err_msg') as () => string;
  const check = (status: Status, doing: string) => {
    if (status !== 0) throw new Error(`OpenVINO failed to ${doing}: ${message().trim()}`);
  };
  const created: Result = [null];
  check((define('int', 'ov_core_create', handle) as (result: Result) => Status)(created), 'start');
  const core = created[0]!;
  const property = define('int', 'ov_core_get_property', 'void *', 'str', 'str', koffi.out(koffi.pointer('str')));
  const text: [string] = [''];
  check(property(core, 'CPU', 'OPTIMIZATION_CAPABILITIES', text), 'describe the processor');
  const build = { buildNumber: '' };
  check(define('int', 'ov_get_openvino_version', koffi.out(koffi.pointer(version)))(build), 'tell its version');
  const free = (kind: string) => define('void', `ov_${kind}_free`, 'void *');
  const compile = library.func('ov_core_compile_model', 'int', ['void *', 'void *', 'str', 'size_t', handle, '...']);
  return {
    version: build.buildNumber,
    capabilities: text[0].split(' '),
    readModel: define('int', 'ov_core_read_model_from_memory_buffer', 'void *', 'void *', 'size_t', 'void *', handle),
    // Further arguments are named with their types.
    compileModel: (...args) =>
      compile(...args.slice(0, 5), ...args.slice(5).flatMap((word) => ['str', word])) as Status,
    createRequest: define('int', 'ov_compiled_model_create_infer_request', 'void *', handle),
    wrapMemory: define('int', 'ov_tensor_create_from_host_ptr', 'int', shape, 'void *', handle),
    setTensor: define('int', 'ov_infer_request_set_tensor', 'void *', 'str', 'void *'),
    infer: define('int', 'ov_infer_request_infer', 'void *'),
    free: {
      model: free('model'),
      compiled: free('compiled_model'),
      request: free('infer_request'),
      tensor: free('tensor'),
    },
    core,
    check,
  };
}
