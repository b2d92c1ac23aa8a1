import type { Cell, Timing } from './cells.js';
import { at, spread, type Point } from './curves.js';
import type { Recipe } from './recipes.js';
import type { Timeline } from './timeline.js';

/** A recipe with everything that was measured. */
export interface Measured {
  recipe: Recipe;
  /** One per seed. */
  cells: Cell[];
  timing: Timing;
  /** Whether the speed is from a run of its own, and not from the long runs. */
  isTimedAlone: boolean;
  timeline: Timeline;
}

/** FID during training, precision and recall at its end: everything after the same number of pictures. */
export function equalPictures(measured: readonly Measured[], points: readonly number[]): string {
  const last = points.at(-1)!;
  return markdown(
    ['', 'learns from', ...points.map((point) => `FID after ${point} kimg`), 'precision', 'recall'],
    measured.map(({ recipe, cells }) => [
      recipe.name,
      learnsFrom(recipe),
      ...points.map((point) => shown(cells, point, 'fid')),
      shown(cells, last, 'precision'),
      shown(cells, last, 'recall'),
    ]),
  );
}

/** The same after the same time of training. */
export function equalTime(measured: readonly Measured[], seconds: number): string {
  return markdown(
    ['', 's/kimg', 'before, s', 'memory, MB', `kimg in ${Math.round(seconds)} s`, 'FID', 'precision', 'recall'],
    measured.map(({ recipe, cells, timing, timeline }) => {
      const kimg = timeline.kimgAfter(seconds);
      return [
        recipe.name,
        timing.secondsPerKimg.toFixed(1),
        timing.pairSeconds === 0 ? '' : timing.pairSeconds.toFixed(0),
        timing.peakMb.toFixed(0),
        kimg.toFixed(2),
        ...(['fid', 'precision', 'recall'] as const).map((figure) => shown(cells, kimg, figure)),
      ];
    }),
  );
}

/** Mean over the seeds, and the range: `0.52 (0.49-0.55)`. */
function shown(cells: readonly Cell[], kimg: number, figure: Exclude<keyof Point, 'kimg'>): string {
  const found = cells.map(({ curve }) => at(curve, kimg)?.[figure]);
  const values = found.filter((value) => value !== undefined);
  if (values.length < cells.length || values.length === 0) return '–';
  const { mean, lowest, highest } = spread(values);
  const text = (value: number) => (figure === 'fid' ? value.toPrecision(3) : value.toFixed(3));
  return values.length === 1 ? text(mean) : `${text(mean)} (${text(lowest)}–${text(highest)})`;
}

function learnsFrom({ sees, from, pairs }: Recipe): string {
  if (sees === 'images') return from === undefined ? 'real images' : `real images, after ${from.recipe}`;
  return sees === 'pairs' ? `${pairs!.toLocaleString('en')} pairs` : 'the teacher alone';
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
