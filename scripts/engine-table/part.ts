import type { EngineName } from './engines.js';

/** A quantity that was measured on an engine. */
export interface Difference {
  quantity: string;
  /** The relative error against the expected value, or a number of `unit`. */
  error: number;
  /** Largest accepted error. */
  tolerance: number;
  /** What the error counts, where it is not relative: `bytes`, `tensors`, `MB`. */
  unit?: string;
}

/** A piece of a part. An engine that is too slow for all of a part does the first ones. */
export interface Item {
  name: string;
  /** How many of the part's units it is. Default: 1. */
  count?: number;
  run(): Promise<Difference[]>;
}

/** A row of the table: something that has to hold on every engine. */
export interface Part {
  /** Its name for `--parts`, and in the table. */
  name: string;
  /** What is measured, in one sentence. */
  about: string;
  /** What its items consist of, in the singular: `file`. */
  unit: string;
  /** The checks of the parity command that it runs. */
  checks?: readonly string[];
  /**
   * Lists the items, those that take the least time first.
   *
   * @param engine the engine, which has been started
   * @throws NothingToMeasure
   */
  items(engine: EngineName): Promise<Item[]>;
}

/** A part cannot be measured, on any engine. The message says why, as a phrase: `not built yet`. */
export class NothingToMeasure extends Error {}
