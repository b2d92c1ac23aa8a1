import { Command } from 'commander';
import { metricsCalcCommand } from './metrics-calc.js';
import { metricsRefCommand } from './metrics-ref.js';

/** `onestep metrics calc | ref` */
export function metricsCommand(): Command {
  return new Command('metrics')
    .description('FID and Inception Score; the detector is named beside every number')
    .addCommand(metricsCalcCommand())
    .addCommand(metricsRefCommand());
}
