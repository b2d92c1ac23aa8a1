import type { Spread } from '../methods/curves.js';
import { spread } from '../methods/curves.js';
import { ANALYSES, readRows, type AnalysisName, type Row } from './analyses.js';
import { readCell, type Cell, type CellSettings } from './cells.js';
import { EXPERIMENTS, type Variant } from './experiments.js';

/** Everything that is there of the variants and analyses. */
export class Results {
  constructor(
    private readonly settings: CellSettings,
    private readonly seeds: readonly number[],
  ) {}

  /** The variants of an experiment that have been trained, each with its cells. */
  of(experiment: string): { variant: Variant; cells: Cell[] }[] {
    const { variants } = EXPERIMENTS.find(({ name }) => name === experiment)!;
    return variants.map((variant) => ({ variant, cells: this.cells(variant) })).filter(({ cells }) => cells.length > 0);
  }

  cells(variant: Variant): Cell[] {
    return this.seeds.map((seed) => readCell(variant, seed, this.settings)).filter((cell) => cell !== null);
  }

  rows(name: AnalysisName): Row[] {
    return readRows(name, this.settings);
  }

  /** What is saved. */
  toJson(): object {
    const variants = [...new Map(EXPERIMENTS.flatMap((one) => one.variants.map((each) => [each.name, each]))).values()];
    // Those whose increments and residuals are shown.
    const shownIn = EXPERIMENTS.filter(({ name }) => name === 'beta' || name === 'plane-beta');
    const withStatistics = new Set(shownIn.flatMap((one) => one.variants.map(({ name }) => name)));
    return {
      num: this.settings.num,
      variants: variants
        .map((variant) => ({
          ...variant,
          cells: this.cells(variant).map((cell) => compact(cell, withStatistics.has(variant.name))),
        }))
        .filter(({ cells }) => cells.length > 0),
      analyses: Object.fromEntries((Object.keys(ANALYSES) as AnalysisName[]).map((name) => [name, this.rows(name)])),
    };
  }
}

/** A figure of several seeds at the end of the training, or at its `index`-th measurement. */
export function spreadOf(cells: readonly Cell[], figure: string, index = -1): Spread {
  return spread(cells.map(({ curve }) => curve.at(index)![figure]!));
}

/** Spread of a figure over the seeds, at the first measurement from `kimg` thousand images on, or at the end. */
export function spreadAt(cells: readonly Cell[], figure: string, kimg: number): Spread {
  return spread(cells.map(({ curve }) => (curve.find((point) => point.kimg >= kimg) ?? curve.at(-1)!)[figure]!));
}

/** The mean and, of several seeds, the range: `0.520 (0.490–0.550)`. */
export function shown({ mean, lowest, highest }: Spread, digits = 3): string {
  const [a, b, c] = [mean, lowest, highest].map((value) => value.toPrecision(digits));
  return b === c ? a! : `${a} (${b}${lowest < 0 ? ' to ' : '–'}${c})`;
}

/** A statistic over a training, as the mean and the range over the seeds. */
export function course(cells: readonly Cell[], statistic: string): { kimg: number; values: Spread }[] {
  return cells[0]!.stretches.map(({ kimg }, i) => ({
    kimg,
    values: spread(cells.map(({ stretches }) => stretches[i]?.stats[statistic]).filter((value) => value !== undefined)),
  }));
}

/** A cell without what no question needs, its statistics as columns. */
function compact({ seed, curve, stretches, secondsPerKimg }: Cell, withStatistics: boolean): object {
  const round = (value: number) => Number(value.toPrecision(5));
  const names = Object.keys(stretches[0]?.stats ?? {}).filter((name) => /^(Boundary|Bootstrap|Relative)/.test(name));
  return {
    seed,
    secondsPerKimg: round(secondsPerKimg),
    curve: curve.map((point) => Object.fromEntries(Object.entries(point).map(([name, value]) => [name, round(value)]))),
    ...(withStatistics && {
      statistics: {
        kimg: stretches.map(({ kimg }) => kimg),
        ...Object.fromEntries(names.map((name) => [name, stretches.map(({ stats }) => stats[name] ?? null)])),
      },
    }),
  };
}
