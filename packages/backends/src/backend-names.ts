/** Engines that start in a browser, and in Node too. */
export const BROWSER_ENGINES = ['webgpu', 'wasm', 'cpu'] as const;
/** Engines that need Node. */
export const NODE_ENGINES = ['ort', 'ort-webgpu', 'ort-cuda', 'tensorflow'] as const;

/** An engine by name. */
export type EngineName = (typeof BROWSER_ENGINES)[number] | (typeof NODE_ENGINES)[number];

/** What `startBackend` takes: an engine, or `auto`, which looks for the fastest one and says why it chose it. */
export type BackendName = 'auto' | EngineName;

/** The message for a name that no engine has. */
export function unknownBackend(name: unknown, known: readonly string[]): string {
  return `There is no backend '${String(name)}': use one of ${known.join(', ')}.`;
}
