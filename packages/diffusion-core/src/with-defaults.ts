/**
 * Completes options with their defaults. An option that is present but undefined gets its default too, which spreading
 * one object over the other would not do.
 *
 * @internal
 */
export function withDefaults<T extends object>(defaults: T, options: Partial<T>): T {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}
