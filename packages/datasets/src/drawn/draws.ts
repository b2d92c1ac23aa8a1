import { Rng } from '@onestep/random';
import type { Vector } from './toys/vector.js';

/** Blocks of random bits that belong to a picture. */
const BLOCKS = 32;

/**
 * The random numbers of one picture. They depend on the seed and on the number of the picture alone, so that any
 * picture can be made without those before it.
 */
export class Draws {
  private readonly numbers: Float64Array;
  private next = 0;

  /**
   * @param index number of the picture
   * @param stream name of the data set
   */
  constructor(seed: number, index: number, stream: string) {
    const rng = Rng.fromState({ seed, stream, position: index * BLOCKS });
    this.numbers = rng.uniform(BLOCKS * 4);
  }

  /** Uniform between two numbers. */
  between(low: number, high: number): number {
    if (this.next === this.numbers.length) throw new Error('A picture draws more random numbers than belong to it.');
    return low + (high - low) * this.numbers[this.next++]!;
  }

  /** True with a probability. */
  chance(probability: number): boolean {
    return this.between(0, 1) < probability;
  }

  /** A whole number from 0 to bound - 1. */
  below(bound: number): number {
    return Math.floor(this.between(0, bound));
  }

  /** One of the values, each with the same probability. */
  oneOf<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)]!;
  }

  /**
   * A color in linear light, by hue (0 to 1, around the circle from red), saturation and value.
   */
  color(
    hue: readonly [number, number],
    saturation: readonly [number, number],
    value: readonly [number, number],
  ): Vector {
    const [h, s, v] = [this.between(...hue), this.between(...saturation), this.between(...value)];
    const part = (offset: number) => {
      const place = (offset + 6 * h) % 6;
      return v * (1 - s * Math.max(0, Math.min(place, 4 - place, 1)));
    };
    // Squared: the inverse of the square root with which a picture is stored.
    const [red, green, blue] = [part(5), part(3), part(1)];
    return [red * red, green * green, blue * blue];
  }
}
