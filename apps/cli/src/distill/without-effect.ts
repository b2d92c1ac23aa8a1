import type { Command } from 'commander';
import type { Method } from '@onestep/diffusion-core';
import { hasHalfPrecision } from '@onestep/nn';
import { noHalfPrecision } from '../engine.js';
import type { DistillOptions } from './distill-options.js';

/** One line for each option that was given and has no effect with this method, or on the engine that runs. */
export function withoutEffect(command: Command, options: DistillOptions, { ignores = {} }: Method): string[] {
  const { fp16, bench, workers, data, cache, xflip, metrics } = options;
  const typed = (name: string) => command.getOptionValueSource(name) === 'cli';
  const lines: string[] = [];
  if (fp16 && !hasHalfPrecision()) lines.push(noHalfPrecision());
  if (typed('bench')) lines.push(`--bench ${Number(bench)} has no effect: there is no cuDNN to tune.`);
  if (typed('workers')) lines.push(`--workers ${workers} has no effect: no images are loaded while it trains.`);
  if (data === undefined && typed('cache')) lines.push(`--cache ${Number(cache)} has no effect without --data.`);
  if (data === undefined && xflip)
    lines.push('--xflip has no effect without --data: generated images are not mirrored.');
  if (typed('dataStat') && metrics.length === 0) lines.push('--data-stat has no effect without --metrics.');
  for (const [name, why] of Object.entries(ignores)) if (typed(name)) lines.push(`--${name} has no effect: ${why}.`);
  return lines;
}
