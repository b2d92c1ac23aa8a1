import { execFileSync } from 'node:child_process';

/** Milliseconds to wait for nvidia-smi, which hangs where a driver does. */
const TIMEOUT_MS = 10_000;

/** An NVIDIA GPU, as nvidia-smi reports it. What it does not know is null. */
export interface Gpu {
  name: string;
  driver: string;
  /** Newest version of CUDA that the driver runs. */
  cuda: string | null;
  /** Version of the instruction set, such as 9.0. */
  compute_capability: string | null;
  memory_mb: number | null;
  /** Memory in use, by whatever program. */
  used_mb: number | null;
  /** Share of the time in which it computed, percent. */
  utilization: number | null;
  power_limit_w: number | null;
  max_clock_mhz: number | null;
}

/** The values to ask for, in the order of {@link parseGpu}. */
export const FIELDS = [
  'name',
  'driver_version',
  'compute_cap',
  'memory.total',
  'memory.used',
  'utilization.gpu',
  'power.limit',
  'clocks.max.sm',
] as const;

/**
 * Describes the GPU that the checks use: the first one that CUDA_VISIBLE_DEVICES names, or the first one.
 *
 * @throws if nvidia-smi is not there or finds none: the message says what it said
 */
export function describeGpu(): Gpu {
  const query = [`--query-gpu=${FIELDS.join()}`, '--format=csv,noheader,nounits', '--id', chosenGpu()];
  return parseGpu(runNvidiaSmi(query), runNvidiaSmi([]));
}

/**
 * Reads what nvidia-smi prints.
 *
 * @param line values of a GPU, separated by commas
 * @param overview the output without arguments, which alone names the version of CUDA
 */
export function parseGpu(line: string, overview: string): Gpu {
  const values = line
    .split('\n')[0]!
    .split(',')
    .map((value) => value.trim());
  const text = (field: (typeof FIELDS)[number]) => {
    const value = values[FIELDS.indexOf(field)] ?? '';
    // '[N/A]', '[Not Supported]', '[Insufficient Permissions]'
    return value === '' || value.startsWith('[') ? null : value;
  };
  const number = (field: (typeof FIELDS)[number]) => {
    const value = Number.parseFloat(text(field) ?? '');
    return Number.isNaN(value) ? null : value;
  };
  return {
    name: text('name') ?? 'a GPU without a name',
    driver: text('driver_version') ?? 'unknown',
    cuda: /CUDA(?: UMD)? Version:\s*([\d.]+)/.exec(overview)?.[1] ?? null,
    compute_capability: text('compute_cap'),
    memory_mb: number('memory.total'),
    used_mb: number('memory.used'),
    utilization: number('utilization.gpu'),
    power_limit_w: number('power.limit'),
    max_clock_mhz: number('clocks.max.sm'),
  };
}

/** Memory of the GPU in use, by whatever program, MB. Null where nvidia-smi does not know it or is not there. */
export function readUsedGpuMemory(): number | null {
  try {
    const used = Number.parseFloat(
      runNvidiaSmi(['--query-gpu=memory.used', '--format=csv,noheader,nounits', '--id', chosenGpu()]),
    );
    return Number.isNaN(used) ? null : used;
  } catch {
    return null;
  }
}

/** Environment variables with which CUDA counts the GPUs as nvidia-smi does, and sees the chosen one only. */
export function gpuEnvironment(): Record<string, string> {
  return { CUDA_DEVICE_ORDER: 'PCI_BUS_ID', CUDA_VISIBLE_DEVICES: chosenGpu() };
}

/** Number or UUID of the GPU that the checks use. */
function chosenGpu(): string {
  return process.env.CUDA_VISIBLE_DEVICES?.split(',')[0]?.trim() || '0';
}

/** Runs nvidia-smi. @throws with its first line if it fails */
function runNvidiaSmi(args: readonly string[]): string {
  try {
    return execFileSync('nvidia-smi', args, {
      encoding: 'utf8',
      timeout: TIMEOUT_MS,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const { code, stdout, stderr, message } = error as NodeJS.ErrnoException & { stdout?: string; stderr?: string };
    if (code === 'ENOENT') throw new Error('nvidia-smi is not installed', { cause: error });
    if (code === 'ETIMEDOUT') throw new Error('nvidia-smi does not answer', { cause: error });
    const told = `${stdout ?? ''}\n${stderr ?? ''}`.split('\n').find((line) => line.trim() !== '');
    throw new Error(`nvidia-smi says: ${told?.trim() ?? message}`, { cause: error });
  }
}
