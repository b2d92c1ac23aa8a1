/** Names of the sizes. */
export const SIZES = ['small', 'large'] as const;
/** The size of a thing. */
export type SizeName = (typeof SIZES)[number];

/** Lowest and highest radius of the sizes, in pixels of a picture of 32 x 32. */
export const RADII: Readonly<Record<SizeName, readonly [number, number]>> = { small: [3.6, 4.2], large: [6.2, 7] };

/** How far a thing is from the middle of its place, each way, at most. */
export const PLACE_JITTER = 0.5;

/** The size of a radius. */
export function nearestSize(radius: number): SizeName {
  return radius < (RADII.small[1] + RADII.large[0]) / 2 ? 'small' : 'large';
}
