import { PLACES, middleOf, type PlaceName } from './places.js';
import { PLACE_JITTER, RADII, SIZES, type SizeName } from './sizes.js';

/** Where things are and how large, in the order in which they are named. */
export type Layout = readonly { place: PlaceName; size: SizeName }[];

/** Pixels between two things, at least. */
const GAP = 0.8;
const SPOTS = PLACES.flatMap((place) => SIZES.map((size) => ({ place, size })));

/** All layouts of one, two and three things in which none touches another. */
export const LAYOUTS: readonly (readonly Layout[])[] = listLayouts();

function listLayouts(): Layout[][] {
  const one = SPOTS.map((spot): Layout => [spot]);
  const more = (layouts: readonly Layout[]) =>
    layouts.flatMap((layout) => SPOTS.filter((spot) => fits(spot, layout)).map((spot): Layout => [...layout, spot]));
  const two = more(one);
  return [one, two, more(two)];
}

function fits(spot: Layout[number], layout: Layout): boolean {
  return layout.every((other) => {
    const [a, b] = [middleOf(spot.place), middleOf(other.place)];
    const apart = RADII[spot.size][1] + RADII[other.size][1] + GAP;
    // Each may be nearer by its jitter, in both directions.
    const [dx, dy] = [Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1])].map((d) => Math.max(0, d - 2 * PLACE_JITTER));
    return dx! * dx! + dy! * dy! >= apart * apart;
  });
}
