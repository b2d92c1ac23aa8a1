import { InvalidArgumentError } from 'commander';

/** How long each training of a comparison lasts: in training time, or in thousands of images. */
export type Budget = { kind: 'time'; seconds: number } | { kind: 'images'; kimg: number };

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Parses `30m`, `90s`, `2h`, `1d` or `64kimg`, for commander. */
export function parseBudget(text: string): Budget {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)(kimg|[smhd])$/.exec(text.trim()) ?? [];
  const size = Number(digits);
  if (!(size > 0)) {
    throw new InvalidArgumentError(
      'It has to be a time, such as 90s, 30m, 2h or 1d, or a number of images, such as 64kimg.',
    );
  }
  return unit === 'kimg' ? { kind: 'images', kimg: size } : { kind: 'time', seconds: size * SECONDS[unit]! };
}

/** A budget as it is typed. */
export function budgetText(budget: Budget): string {
  if (budget.kind === 'images') return `${budget.kimg}kimg`;
  const [unit = 's', seconds = 1] =
    Object.entries(SECONDS).findLast(([, length]) => Number.isInteger(budget.seconds / length)) ?? [];
  return `${budget.seconds / seconds}${unit}`;
}
