/** Names of the places of a picture, row by row. */
export const PLACES = [
  'top left',
  'top',
  'top right',
  'left',
  'center',
  'right',
  'bottom left',
  'bottom',
  'bottom right',
] as const;
/** Where a thing is. */
export type PlaceName = (typeof PLACES)[number];

/** Pixels between neighboring places, of 32. */
const SPACING = 8;

/** The middle of a place, in pixels of a picture of 32 x 32. */
export function middleOf(place: PlaceName): readonly [x: number, y: number] {
  const at = PLACES.indexOf(place);
  return [SPACING * (1 + (at % 3)), SPACING * (1 + Math.floor(at / 3))];
}

/** The place whose middle is nearest. */
export function nearestPlace(x: number, y: number): PlaceName {
  const cell = (value: number) => Math.min(2, Math.max(0, Math.round(value / SPACING) - 1));
  return PLACES[3 * cell(y) + cell(x)]!;
}
