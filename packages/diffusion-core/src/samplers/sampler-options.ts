/** @throws RangeError unless `steps` is a number of steps */
export function checkSteps(steps: number): void {
  if (!Number.isInteger(steps) || steps < 1) throw new RangeError(`A sampler takes 1 or more steps, not ${steps}.`);
}

/** Options completed with their defaults; an option that is there but undefined has its default, too. */
export function withDefaults<T extends object>(defaults: T, options: Partial<T>): T {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(given) };
}
