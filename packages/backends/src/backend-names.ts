/** Engines that start in browsers and in Node. */
export const BROWSER_ENGINES = ['webgpu', 'wasm', 'cpu'] as const;
/** Engines that start in Node only. */
export const NODE_ENGINES = ['ort', 'ort-webgpu', 'ort-cuda', 'tensorflow'] as const;

export type EngineName = (typeof BROWSER_ENGINES)[number] | (typeof NODE_ENGINES)[number];

/** The names that `startBackend` accepts: an engine, or `auto`, which chooses the fastest one and says why. */
export type BackendName = 'auto' | EngineName;

/** The message for a name that is not an engine's. */
export function unknownBackend(name: unknown, known: readonly string[]): string {
  return `There is no backend '${String(name)}': use one of ${known.join(', ')}.`;
}
