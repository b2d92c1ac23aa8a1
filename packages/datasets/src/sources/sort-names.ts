/** Sorts names by their Unicode code points, as Python does. UTF-8 keeps that order. */
export function sortNames(names: readonly string[]): string[] {
  const keyed = names.map((name) => [Buffer.from(name), name] as const);
  return keyed.sort(([a], [b]) => Buffer.compare(a, b)).map(([, name]) => name);
}
