import type { StateDict } from '@onestep/checkpoint';

/** Names and shapes of the weights of a UNet. */
export interface WeightShapes {
  /** Resolutions of the levels, the highest first: layers are named by them. */
  levels: readonly number[];
  has(name: string): boolean;
  /** Whether a name contains this text. */
  includes(text: string): boolean;
  /** Number of names that match. */
  count(pattern: RegExp): number;
  /** Shape of a weight. @throws if it is missing */
  of(name: string): [number, number];
  /** Second axis of a weight; 0 if there is none. */
  columns(name: string): number;
  /** Name of a tensor of the encoder. */
  encoder(level: number, rest: string): string;
  /** Number of residual blocks of a level of the encoder. */
  countBlocks(level: number): number;
}

/** Reads the names and shapes of weights. */
export function weightShapes(weights: StateDict): WeightShapes {
  const names = Object.keys(weights);
  const levels = new Set(names.flatMap((name) => /^model\.enc\.(\d{1,5})x/.exec(name)?.[1] ?? []).map(Number));
  const encoder = (level: number, rest: string) => `model.enc.${level}x${level}_${rest}`;
  return {
    levels: [...levels].sort((a, b) => b - a),
    has: (name) => Object.hasOwn(weights, name),
    includes: (text) => names.some((name) => name.includes(text)),
    count: (pattern) => names.filter((name) => pattern.test(name)).length,
    of(name) {
      const shape = Object.hasOwn(weights, name) ? weights[name]!.shape : undefined;
      if (shape === undefined) throw new Error(`These are not the weights of a known network: ${name} is missing.`);
      if (shape.length < 2)
        throw new Error(`These are not the weights of a known network: ${name} has shape [${shape}].`);
      return shape as [number, number];
    },
    columns: (name) => (Object.hasOwn(weights, name) ? (weights[name]!.shape[1] ?? 0) : 0),
    encoder,
    countBlocks: (level) =>
      names.filter((name) => name.startsWith(encoder(level, 'block')) && /_block\d+\.norm0\.weight$/.test(name)).length,
  };
}
