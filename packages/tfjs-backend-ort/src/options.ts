import { loadavg } from 'node:os';
import { readChoice, readSwitch } from './environment.js';
import { machineMemory } from './memory/machine.js';
import { type Provider, PROVIDERS, requireProvider } from './runtime/provider.js';
import type { ChannelBlock } from './runtime/self-test.js';
import { availableProcessors } from './threads/available-processors.js';
import { defaultThreads, isThreadCount, MAX_THREADS } from './threads/default-threads.js';

/** Settings of the backend. They are read when it starts. */
export interface OrtOptions {
  /** The onnxruntime execution provider that runs the graphs. Default: ONESTEP_PROVIDER, else 'cpu'. */
  provider: Provider;
  /** Threads inside one operator. From 1 to 1024. Default: ONESTEP_THREADS, else one for each available processor. */
  threads: number;
  /**
   * Channel block of onnxruntime's blocked convolution layout. 'auto' finds it by a self-test against the plain convolution.
   * 0 turns the layout off, which is slow but relies on nothing undocumented. Default: 'auto'.
   */
  channelBlock: ChannelBlock;
  /** Number of recorded operations after which they are run even if nothing is read. Default: 8000. */
  maxPendingNodes: number;
  /** Maximum number of cached plans. The least recently used one is removed first. Default: 32. */
  maxPlans: number;
  /** Maximum of the memory, in bytes, that these plans keep for intermediate results (an estimate). Default: half the memory. */
  maxPlanBytes: number;
  /**
   * Whether to record the call stack of every operation, so that the error of a failed operation shows where it was called.
   * It slows down every operation. Default: whether ONESTEP_TRACE_ORIGINS is 1.
   */
  traceOrigins: boolean;
  /**
   * Whether idle threads spin. That is faster on a machine of one's own, and much slower for everybody if several trainings
   * share the processors. 'auto' spins only while the machine has idle processors. Results are the same. Default: 'auto'.
   */
  spinning: 'auto' | boolean;
  /** Prefix of onnxruntime profile files, one per plan. Empty for none, the default. */
  profile: string;
}

const isProvider = (name: unknown): name is Provider => PROVIDERS.includes(name as Provider);
const PROVIDER_NAMES = PROVIDERS.map((name) => `'${name}'`).join(' or ');

/** Load per processor above which spinning takes time from other processes. This process itself may cause 1. */
const CROWDED = 1.5;

/** Whether the threads of a graph compiled now should spin. */
export function shouldSpin({ spinning }: OrtOptions): boolean {
  return spinning === 'auto' ? loadavg()[0]! < CROWDED * availableProcessors() : spinning;
}

const overrides: Partial<OrtOptions> = {};

/** @throws RangeError that names the option, if a value is invalid */
function check(options: Partial<OrtOptions>): void {
  for (const name of ['maxPendingNodes', 'maxPlans', 'maxPlanBytes'] as const) {
    const value = options[name];
    if (value !== undefined && (!Number.isInteger(value) || value < 1)) {
      throw new RangeError(
        `The option ${name} of the ort backend must be a whole number of at least 1, got ${String(value)}.`,
      );
    }
  }
  const { threads, channelBlock, provider } = options;
  if (threads !== undefined && !isThreadCount(threads)) {
    throw new RangeError(
      `The option threads of the ort backend must be a whole number from 1 to ${MAX_THREADS}, got ${String(threads)}.`,
    );
  }
  if (provider !== undefined && !isProvider(provider)) {
    throw new RangeError(`The option provider of the ort backend must be ${PROVIDER_NAMES}, got ${String(provider)}.`);
  }
  if (channelBlock !== undefined && !['auto', 0, 8, 16].includes(channelBlock)) {
    throw new RangeError(
      `The option channelBlock of the ort backend must be 'auto', 0, 8 or 16, got ${String(channelBlock)}.`,
    );
  }
}

/**
 * Sets options of backends that are started later (by `tf.setBackend('ort')`), and checks that the execution provider works:
 * the one in `options`, or else in ONESTEP_PROVIDER. (tfjs-core itself only warns if a backend does not start, and continues
 * with another one.)
 *
 * @param options options to change; the others keep their value
 * @throws RangeError if an option, or an environment variable that is its default, is invalid
 * @throws Error if the provider does not work on this machine: the message says what is missing
 */
export function configure(options: Partial<OrtOptions> = {}): void {
  check(options);
  requireProvider(resolve({ ...overrides, ...options }).provider);
  Object.assign(overrides, options);
}

/**
 * The options of a backend that starts now.
 *
 * @throws RangeError if an environment variable is invalid
 */
export function currentOptions(): OrtOptions {
  return resolve(overrides);
}

function resolve(options: Partial<OrtOptions>): OrtOptions {
  return {
    provider: options.provider ?? readChoice('ONESTEP_PROVIDER', PROVIDERS, 'cpu'),
    threads: options.threads ?? defaultThreads(),
    channelBlock: options.channelBlock ?? 'auto',
    maxPendingNodes: options.maxPendingNodes ?? 8000,
    maxPlans: options.maxPlans ?? 32,
    maxPlanBytes: options.maxPlanBytes ?? Math.floor(machineMemory() / 2),
    traceOrigins: options.traceOrigins ?? readSwitch('ONESTEP_TRACE_ORIGINS'),
    spinning: options.spinning ?? 'auto',
    profile: options.profile ?? '',
  };
}
