/** A time in ms as people say it, in one piece. */
export function duration(milliseconds: number): string {
  if (milliseconds < 9.95) return `${milliseconds.toFixed(1)}\u00a0ms`;
  if (milliseconds < 999.5) return `${milliseconds.toFixed(0)}\u00a0ms`;
  return `${(milliseconds / 1000).toFixed(milliseconds < 9950 ? 2 : 1)}\u00a0s`;
}

/** A number of bytes in MB. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A count of evaluations. */
export function evaluations(count: number): string {
  return count === 1 ? '1 evaluation' : `${count} evaluations`;
}

/** What a picture cost: evaluations of the network, and time. */
export function describeCost(made: { evaluations: number; milliseconds: number }): string {
  return `${evaluations(made.evaluations)}, ${duration(made.milliseconds)}`;
}
