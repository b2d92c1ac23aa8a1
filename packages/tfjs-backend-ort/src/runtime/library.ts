/**
 * The only module that loads ONNX Runtime. tfjs needs a synchronous `run` for `dataSync()`, and the public API of
 * onnxruntime-node has none. Its private binding has one and is used if a trial run gives the right numbers; otherwise the
 * public API is called on another thread while this one waits (`threaded-session.ts`), which copies inputs and results.
 */
import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import type { Tensor as OrtTensor, TensorConstructor } from '@onestep/onnxruntime';
import { nativeCall } from '../native-calls/call-table.js';
import { writeModel } from '../onnx/model.js';
import { openPreparedCuda } from './prepared-cuda.js';
import type { Provider } from './provider.js';
import { ProtectedSession } from './protected-session.js';
import { refuseTelemetry } from './telemetry.js';
import { ThreadedSession } from './threaded-session.js';

/** A session of the private binding, or something that behaves like one. */
export interface NativeSession {
  loadModel(buffer: ArrayBufferLike, byteOffset: number, byteLength: number, options: object): void;
  run(
    feeds: Record<string, OrtTensor>,
    fetches: Record<string, OrtTensor | null>,
    options: object,
  ): Record<string, OrtTensor>;
  endProfiling(): void;
  dispose(): void;
}

/** Calls something that makes the binding wrap results as tensors, and stops it from doing so where possible. */
export type WithoutResults = (run: () => void) => void;

export interface Library {
  /** The package that it was loaded from. */
  name: string;
  /** The version of that package, which is ONNX Runtime's. */
  version: string;
  /** How it is called: through its private binding, or through its public API on another thread. */
  access: 'binding' | 'thread';
  /** Why not through the binding. */
  reason: string | null;
  Tensor: TensorConstructor;
  /** The execution providers that it knows, installed or not. */
  providers: readonly string[];
  newSession(): NativeSession;
  /** Runs a session whose results all go into given buffers. */
  withoutResults: WithoutResults;
}

/** What is used of the public API. */
interface PublicApi {
  Tensor: TensorConstructor;
  listSupportedBackends?(): { name: string }[];
}

/** The version that this package was written and measured with. */
export const EXPECTED_VERSION = '1.30.0';

/** One platform's files of onnxruntime-node, without its CUDA libraries and without an install script. */
const SMALL = '@onestep/onnxruntime';
/** The upstream package, with the same modules. A program may have installed its CUDA libraries. */
const UPSTREAM = 'onnxruntime-node';

const require = createRequire(import.meta.url);
let loaded: Library | undefined;

/**
 * ONNX Runtime, tried out. It is loaded once: what a later call passes is not looked at.
 *
 * @param provider what will run the graphs; decides which of two installed packages is preferred
 * @throws naming the versions found and expected, if no installed package works
 */
export function library(provider: Provider = 'cpu'): Library {
  refuseTelemetry();
  return (loaded ??= load(provider === 'cuda' ? packagesForCuda() : [SMALL, UPSTREAM]));
}

function packagesForCuda(): string[] {
  // Otherwise GPUs since Ampere multiply float32 numbers with 10 bits of mantissa. The published trainings turn that off, too.
  process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  const prepared = openPreparedCuda();
  return prepared === null ? [UPSTREAM, SMALL] : [prepared, UPSTREAM, SMALL];
}

/** The first of these packages that works. @throws the error of the first one that is installed */
function load(packages: readonly string[]): Library {
  const errors: unknown[] = [];
  for (const name of packages.filter(isInstalled)) {
    try {
      return nativeCall(() => open(name));
    } catch (error) {
      errors.push(error);
    }
  }
  throw errors[0] ?? new Error(`ONNX Runtime is not installed: npm install ${SMALL}@${EXPECTED_VERSION}`);
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

function open(name: string): Library {
  const version = versionOf(name);
  const attempt = <T>(action: () => T) => attemptWith(`${name} ${version}`, version, action);
  const { Tensor, listSupportedBackends } = attempt(() => require(name) as PublicApi);
  const providers = (listSupportedBackends?.() ?? []).map((backend) => backend.name);
  const direct = { name, version, access: 'binding', reason: null, Tensor, providers } as const;
  try {
    return tried({ ...direct, ...bindingSessions(name, Tensor) });
  } catch (error) {
    const threaded: Library = {
      ...direct,
      access: 'thread',
      reason: error instanceof Error ? error.message : String(error),
      newSession: () => new ProtectedSession(() => new ThreadedSession(require.resolve(name))),
      withoutResults: run,
    };
    return attempt(() => tried(threaded));
  }
}

function versionOf(name: string): string {
  try {
    return (require(`${name}/package.json`) as { version: string }).version;
  } catch {
    return 'of unknown version';
  }
}

function attemptWith<T>(what: string, version: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    const remedy = `It is made for version ${EXPECTED_VERSION}: npm install ${SMALL}@${EXPECTED_VERSION}`;
    throw new Error(
      `@onestep/tfjs-backend-ort cannot use ${what}: ${error instanceof Error ? error.message : String(error)}` +
        (version === EXPECTED_VERSION ? '' : ` ${remedy}`),
      { cause: error },
    );
  }
}

/** @throws where the private binding is not there or does not look as expected */
function bindingSessions(name: string, Tensor: TensorConstructor): Pick<Library, 'newSession' | 'withoutResults'> {
  const { binding, initOrt } = require(`${name}/dist/binding.js`) as {
    binding?: Partial<InitialisedBinding> & { InferenceSession?: new () => NativeSession };
    initOrt?: () => void;
  };
  const Session = binding?.InferenceSession;
  const methods = ['loadModel', 'run', 'dispose'] as const;
  if (!Session || methods.some((name) => typeof Session.prototype[name] !== 'function')) {
    throw new Error(`its private binding has no InferenceSession with ${methods.join(', ')}.`);
  }
  // Versions before 1.21 initialise themselves.
  initOrt?.();
  const withoutResults = binding.initOrtOnce ? skippingResults(binding as InitialisedBinding, Tensor) : run;
  return { newSession: () => new ProtectedSession(() => new Session()), withoutResults };
}

const run: WithoutResults = (action) => action();

interface InitialisedBinding {
  initOrtOnce(logLevel: number, tensor: TensorConstructor, isMainThread: boolean): void;
}

/** onnxruntime's level for errors only. */
const LOG_ERRORS = 3;

/**
 * The binding copies every result into a new tensor, even one that was computed into a given buffer: with a large
 * network that is the whole state of its training, at every step. It asks a constructor for these tensors, one after the
 * other, after everything was computed; a constructor that throws ends the copying with the first.
 */
function skippingResults(binding: InitialisedBinding, Tensor: TensorConstructor): WithoutResults {
  const skipped = new Error('Results are not wanted.');
  let skipping = false;
  const constructor = new Proxy(Tensor, {
    construct(target, args: unknown[]) {
      if (skipping) throw skipped;
      return Reflect.construct(target, args) as object;
    },
  });
  binding.initOrtOnce(LOG_ERRORS, constructor, isMainThread);
  return (action) => {
    skipping = true;
    try {
      action();
    } catch (error) {
      if (error !== skipped) throw error;
    } finally {
      skipping = false;
    }
  };
}

/** Runs a small graph that writes into given buffers, of every element type, and compares the numbers. */
function tried(candidate: Library): Library {
  const { Tensor } = candidate;
  const info = (name: string, type: 'float32' | 'int32' | 'bool') => ({ name, type, dims: [3] });
  const node = (op: string, inputs: string[], output: string) =>
    ({ op, domain: '', inputs, outputs: [output], attributes: {} }) as const;
  const model = writeModel({
    nodes: [node('Add', ['x', 'x'], 'sum'), node('Mul', ['i', 'i'], 'square'), node('Not', ['t'], 'not')],
    initializers: [],
    inputs: [info('x', 'float32'), info('i', 'int32'), info('t', 'bool')],
    outputs: [info('sum', 'float32'), info('square', 'int32'), info('not', 'bool')],
  });
  const session = candidate.newSession();
  session.loadModel(model.buffer, model.byteOffset, model.byteLength, { logSeverityLevel: 4, intraOpNumThreads: 1 });
  const [sum, square, not] = [new Float32Array(3), new Int32Array(3), new Uint8Array(3)];
  const feeds = {
    x: new Tensor('float32', Float32Array.of(0.5, -1, NaN), [3]),
    i: new Tensor('int32', Int32Array.of(3, -4, 2 ** 15), [3]),
    t: new Tensor('bool', Uint8Array.of(1, 0, 1), [3]),
  };
  const fetches = {
    sum: new Tensor('float32', sum, [3]),
    square: new Tensor('int32', square, [3]),
    not: new Tensor('bool', not, [3]),
  };
  candidate.withoutResults(() => session.run(feeds, fetches, {}));
  session.dispose();
  if (`${[...sum]} ${[...square]} ${[...not]}` !== `1,-2,NaN 9,16,${2 ** 30} 0,1,0`) {
    throw new Error('a trial run gave wrong numbers.');
  }
  return candidate;
}
