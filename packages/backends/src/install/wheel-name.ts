import type { WheelPlatform } from './platform.js';

/** The parts of a wheel's file name (PEP 427). */
export interface WheelName {
  /** The project, normalized as in addresses: `nvidia-cublas-cu12`. */
  project: string;
  version: string;
  /** `manylinux_2_27_x86_64`; several for one file. */
  platforms: string[];
}

/** Parses the name of a wheel; null for other files. */
export function parseWheelName(file: string): WheelName | null {
  const parts = /^([^-]+)-([^-]+)(?:-\d[^-]*)?-[^-]+-[^-]+-([^-]+)\.whl$/.exec(file);
  if (parts === null) return null;
  const [, project, version, platforms] = parts as unknown as [string, string, string, string];
  return { project: project.toLowerCase().replace(/[-_.]+/g, '-'), version, platforms: platforms.split('.') };
}

/** Whether the libraries of a wheel run on a platform. */
export function runsOn({ platforms }: WheelName, { os, arch, glibc }: WheelPlatform): boolean {
  return platforms.some((tag) => {
    if (os === 'macos') return tag.startsWith('macosx_') && tag.endsWith('_arm64');
    const [, minor] = /^manylinux_2_(\d+)_/.exec(tag) ?? [];
    const isOldEnough = minor === undefined ? /^manylinux\d/.test(tag) : Number(minor) <= Number(glibc!.split('.')[1]);
    return isOldEnough && tag.endsWith(`_${arch}`);
  });
}
