import type { BackendName } from '@onestep/backends';

/** The engines that a browser may have. */
export const ENGINE_NAMES = ['auto', 'webgpu', 'wasm', 'cpu'] as const satisfies readonly BackendName[];
export type EngineName = (typeof ENGINE_NAMES)[number];

export function isEngineName(name: string | null): name is EngineName {
  return (ENGINE_NAMES as readonly (string | null)[]).includes(name);
}
