/** A color, 0 to 255: red, green, blue. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** Names of the colors that things have. */
export const COLORS = ['red', 'orange', 'yellow', 'green', 'blue', 'purple', 'white', 'black'] as const;
/** The color of a thing. */
export type ColorName = (typeof COLORS)[number];

/** Names of the colors that the ground has. */
export const GROUNDS = [...COLORS, 'gray'] as const;
/** The color of the ground. */
export type GroundName = (typeof GROUNDS)[number];

/** How the colors look. Each is at least 88 from every other. */
export const PALETTE: Readonly<Record<GroundName, Rgb>> = {
  red: [216, 40, 44],
  orange: [244, 140, 24],
  yellow: [244, 220, 60],
  green: [44, 160, 72],
  blue: [44, 84, 212],
  purple: [146, 60, 184],
  white: [246, 246, 246],
  black: [16, 16, 16],
  gray: [132, 132, 132],
};

/** How far each channel of a color is from the palette, at most. */
export const COLOR_JITTER = 9;

/** The name whose color is nearest. */
export function nearestColor<Name extends GroundName>(color: Rgb, names: readonly Name[]): Name {
  let [best, least]: [Name, number] = [names[0]!, Infinity];
  for (const name of names) {
    const other = PALETTE[name];
    const distance = (color[0] - other[0]) ** 2 + (color[1] - other[1]) ** 2 + (color[2] - other[2]) ** 2;
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}
