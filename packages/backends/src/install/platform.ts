import { BackendError } from '../backend-error.js';

/** A kind of machine that wheels exist for. */
export interface WheelPlatform {
  os: 'linux' | 'macos';
  /** As in the names of wheels. */
  arch: 'x86_64' | 'aarch64' | 'arm64';
  /** Version of the C library, `2.36`; null where it is not glibc. */
  glibc: string | null;
  /** In words. */
  description: string;
}

/** What Node says about the machine; replaced in tests. */
export interface Machine {
  platform: string;
  arch: string;
  glibc: string | null;
}

/** The oldest glibc that TensorFlow's and ONNX Runtime's wheels run on. */
const MIN_GLIBC = 28;

export function thisMachine(): Machine {
  const report = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return { platform: process.platform, arch: process.arch, glibc: report.header.glibcVersionRuntime ?? null };
}

/**
 * The platform, if an engine can be prepared on it.
 *
 * @param engine its name, for the message
 * @param cuda whether NVIDIA's libraries are needed, which are prepared for Linux on x64 only
 * @throws BackendError otherwise
 */
export function wheelPlatform(engine: string, cuda: boolean, machine: Machine = thisMachine()): WheelPlatform {
  const { platform, arch, glibc } = machine;
  const refuse = (reason: string) => new BackendError(`${engine} cannot be prepared on this machine: ${reason}`);
  const needed = cuda ? 'Linux on x64' : 'Linux on x64 or arm64, or macOS on Apple silicon';
  const elsewhere = `it needs ${needed}, and this is ${platform} on ${arch}. The backends 'ort' and 'webgpu' work here.`;
  if (platform === 'darwin' && arch === 'arm64' && !cuda) {
    return { os: 'macos', arch: 'arm64', glibc: null, description: 'macOS on arm64 (never tested)' };
  }
  if (platform !== 'linux' || !(arch === 'x64' || (arch === 'arm64' && !cuda))) throw refuse(elsewhere);
  if (glibc === null) {
    throw refuse("its libraries need glibc, which this Linux (Alpine?) does not have. The backend 'cpu' works here.");
  }
  if (Number(glibc.split('.')[1]) < MIN_GLIBC) {
    throw refuse(`it needs glibc 2.${MIN_GLIBC} or newer, and this Linux has ${glibc}. The backend 'ort' works here.`);
  }
  return {
    os: 'linux',
    arch: arch === 'x64' ? 'x86_64' : 'aarch64',
    glibc,
    description: `Linux on ${arch}, glibc ${glibc}`,
  };
}
