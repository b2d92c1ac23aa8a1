/** Formats a number of bytes: `274 MB`, `1.3 GB`. */
export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / 1e3).toFixed(0)} kB`;
}

/** Runs `work` and formats how long it took: `5.1 s`. */
export async function timed<T>(work: () => Promise<T>): Promise<{ value: T; seconds: string }> {
  const start = performance.now();
  const value = await work();
  return { value, seconds: `${((performance.now() - start) / 1000).toFixed(1)} s` };
}
