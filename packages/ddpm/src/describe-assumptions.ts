/** Says in one line what was assumed because files do not say it. */
export function describeAssumptions(source: string, assumed: readonly string[]): string {
  return `${source} does not state all settings. Assumed: ${assumed.join(', ')}.`;
}
