import { availableParallelism, loadavg } from 'node:os';
import { machineMemory } from './memory/machine.js';
import { PROVIDERS, requireProvider, type Provider } from './runtime/provider.js';

/** Settings read when the backend starts. */
export interface OrtOptions {
  /** Which of onnxruntime's execution providers runs the graphs. Default: ONESTEP_PROVIDER, else 'cpu'. */
  provider: Provider;
  /** Threads inside one operator. Default: ONESTEP_THREADS, else the processors available to this process. */
  threads: number;
  /**
   * Channel block of onnxruntime's blocked convolution layout: 'auto' finds it by a self-test against the plain
   * convolution, 0 turns the layout off (slow, but needs nothing undocumented).
   */
  channelBlock: 'auto' | 0 | 8 | 16;
  /** Recorded operations after which the backend runs them without being asked: nothing may read them for long. */
  maxPendingNodes: number;
  /** Compiled plans kept; the least recently used one goes first. */
  maxPlans: number;
  /** Bytes that these plans may keep for intermediate results, as far as that can be estimated. Default: half the memory. */
  maxPlanBytes: number;
  /**
   * Remembers where every operation is called, for the errors of those that fail when they run. Costs time with every
   * operation. Default: whether ONESTEP_TRACE_ORIGINS is 1.
   */
  traceOrigins: boolean;
  /**
   * Whether threads with nothing to do wait actively. Faster on a machine of one's own, much slower for everybody where
   * several trainings share the processors. 'auto': only while the machine has processors to spare. Results are the same.
   */
  spinning: 'auto' | boolean;
  /** Prefix of onnxruntime profile files, one a plan; empty: none. */
  profile: string;
}

function defaultThreads(): number {
  const asked = process.env.ONESTEP_THREADS;
  if (asked === undefined || asked === '') return availableParallelism();
  const threads = Number(asked);
  if (!Number.isInteger(threads) || threads < 1) {
    throw new Error(`ONESTEP_THREADS must be a whole number of at least 1, got '${asked}'.`);
  }
  return threads;
}

function defaultProvider(): Provider {
  const asked = process.env.ONESTEP_PROVIDER;
  if (asked === undefined || asked === '') return 'cpu';
  if (!isProvider(asked)) throw new Error(`ONESTEP_PROVIDER must be ${PROVIDER_NAMES}, got '${asked}'.`);
  return asked;
}

const isProvider = (name: unknown): name is Provider => PROVIDERS.includes(name as Provider);
const PROVIDER_NAMES = PROVIDERS.map((name) => `'${name}'`).join(' or ');

/** Load per processor from which on active waiting takes time from others; this process itself may cause 1. */
const CROWDED = 1.5;

/** Whether a graph compiled now should wait actively. */
export function shouldSpin({ spinning }: OrtOptions): boolean {
  return spinning === 'auto' ? loadavg()[0]! < CROWDED * availableParallelism() : spinning;
}

const overrides: Partial<OrtOptions> = {};

/** @throws naming the option, where one has a value it cannot have */
function check(options: Partial<OrtOptions>): void {
  for (const name of ['threads', 'maxPendingNodes', 'maxPlans', 'maxPlanBytes'] as const) {
    const value = options[name];
    if (value !== undefined && (!Number.isInteger(value) || value < 1)) {
      throw new Error(
        `The option ${name} of the ort backend must be a whole number of at least 1, got ${String(value)}.`,
      );
    }
  }
  const { channelBlock, provider } = options;
  if (provider !== undefined && !isProvider(provider)) {
    throw new Error(`The option provider of the ort backend must be ${PROVIDER_NAMES}, got ${String(provider)}.`);
  }
  if (channelBlock !== undefined && !['auto', 0, 8, 16].includes(channelBlock)) {
    throw new Error(
      `The option channelBlock of the ort backend must be 'auto', 0, 8 or 16, got ${String(channelBlock)}.`,
    );
  }
}

/**
 * Sets options for backends started afterwards (`tf.setBackend('ort')` starts one), and checks that the execution
 * provider asked for, here or by ONESTEP_PROVIDER, works: tfjs-core only warns of a backend that does not start, and goes
 * on with another one.
 *
 * @throws where an option has a value it cannot have, or the provider does not work here: the message says what is missing
 */
export function configure(options: Partial<OrtOptions> = {}): void {
  check(options);
  requireProvider(options.provider ?? overrides.provider ?? defaultProvider());
  Object.assign(overrides, options);
}

/** The options a backend starting now gets. */
export function currentOptions(): OrtOptions {
  return {
    provider: overrides.provider ?? defaultProvider(),
    threads: overrides.threads ?? defaultThreads(),
    channelBlock: overrides.channelBlock ?? 'auto',
    maxPendingNodes: overrides.maxPendingNodes ?? 8000,
    maxPlans: overrides.maxPlans ?? 32,
    maxPlanBytes: overrides.maxPlanBytes ?? Math.floor(machineMemory() / 2),
    traceOrigins: overrides.traceOrigins ?? process.env.ONESTEP_TRACE_ORIGINS === '1',
    spinning: overrides.spinning ?? 'auto',
    profile: overrides.profile ?? '',
  };
}
