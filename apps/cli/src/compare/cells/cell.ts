import { join } from 'node:path';

/** One training of a comparison: a method with a seed. It has a run folder of its own. */
export interface Cell {
  /** Name of the recipe: a method, or a variant of it. */
  method: string;
  seed: number;
  /** The run folder. */
  folder: string;
}

/** The cells of a comparison, seed by seed: one that is stopped has all methods with the first seeds. */
export function listCells(outdir: string, methods: readonly string[], seeds: readonly number[]): Cell[] {
  return seeds.flatMap((seed) =>
    methods.map((method) => ({ method, seed, folder: join(outdir, method, `seed-${seed}`) })),
  );
}

/** A cell in messages: `sid-1.2, seed 0`. */
export function cellName({ method, seed }: Cell): string {
  return `${method}, seed ${seed}`;
}
