import { FIGURE_NAMES } from '../cells/figures.js';
import { readCurve, type CurveAxis, type CurvePoint } from './curve.js';
import { spreadOf, type Spread } from '../../reports/spread.js';

/** A place of a mean curve. */
export interface MeanPoint extends Record<(typeof FIGURE_NAMES)[number], Spread | null> {
  /** On the axis. */
  position: number;
}

/** The mean of curves over seeds, at the measurements of the first one that all of them have reached. */
export function meanCurve(curves: readonly (readonly CurvePoint[])[], axis: CurveAxis): MeanPoint[] {
  const [first = []] = curves;
  return first.flatMap((point) => {
    const position = point[axis];
    const found = curves.map((curve) => readCurve(curve, axis, position)).filter((each) => each !== null);
    if (found.length < curves.length) return [];
    const spread = (name: (typeof FIGURE_NAMES)[number]) =>
      spreadOf(found.map((each) => each[name]).filter((value) => value !== null));
    const figures = Object.fromEntries(FIGURE_NAMES.map((name) => [name, spread(name)]));
    return [{ ...(figures as Omit<MeanPoint, 'position'>), position }];
  });
}
