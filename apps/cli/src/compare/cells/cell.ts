import { join } from 'node:path';

/** One training of a comparison: a method with a seed. It has a run folder of its own. */
export interface Cell {
  /** Name of the recipe: a method, or a variant of it. */
  method: string;
  seed: number;
  /** The run folder. */
  folder: string;
}

/** The seeds of a comparison. */
export function seedsOf({ seed, seeds }: { seed: number; seeds: number }): number[] {
  return Array.from({ length: seeds }, (_, i) => seed + i);
}

/** The cells of a seed, one for each method. */
export function listCells(outdir: string, methods: readonly string[], seed: number): Cell[] {
  return methods.map((method) => ({ method, seed, folder: join(outdir, method, `seed-${seed}`) }));
}

/** A cell in messages: `sid-1.2, seed 0`. */
export function cellName({ method, seed }: Cell): string {
  return `${method}, seed ${seed}`;
}
