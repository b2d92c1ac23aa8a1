/** A platform that onnxruntime-node has files for, and those of its files that the engine needs. */
export interface Platform {
  os: 'linux' | 'darwin' | 'win32';
  cpu: 'x64' | 'arm64';
  /** The C library that the files are linked with. npm skips the package on Linux systems with another one. */
  libc?: 'glibc';
  files: readonly string[];
}

const LINUX = { os: 'linux', libc: 'glibc', files: ['onnxruntime_binding.node', 'libonnxruntime.so.1'] } as const;

/** The two DirectX files compile WebGPU's shaders. */
const WINDOWS = {
  os: 'win32',
  files: ['onnxruntime_binding.node', 'onnxruntime.dll', 'dxcompiler.dll', 'dxil.dll'],
} as const;

/** The platforms of onnxruntime-node 1.30. It has no files for macOS on x64. */
export const PLATFORMS: readonly Platform[] = [
  { ...LINUX, cpu: 'x64' },
  { ...LINUX, cpu: 'arm64' },
  { os: 'darwin', cpu: 'arm64', files: ['onnxruntime_binding.node', 'libonnxruntime.1.dylib'] },
  { ...WINDOWS, cpu: 'x64' },
  { ...WINDOWS, cpu: 'arm64' },
];

/** Files that upstream has and no platform package takes, and why. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  'DirectML.dll': 'onnxruntime.dll loads it only for the DirectML provider, which the engine does not use',
  'libonnxruntime.1.30.0.dylib': 'a second copy of libonnxruntime.1.dylib, which is the name that the binding loads',
};

export const nameOf = ({ os, cpu }: Pick<Platform, 'os' | 'cpu'>): string => `@onestep/onnxruntime-${os}-${cpu}`;

/** Where upstream keeps a platform's files. */
export const upstreamFolderOf = ({ os, cpu }: Platform): string => `bin/napi-v6/${os}/${cpu}`;

/** Whether npm would install a platform's package here. */
export const isThisMachine = ({ os, cpu }: Platform): boolean => os === process.platform && cpu === process.arch;
