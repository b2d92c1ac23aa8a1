import { Command } from 'commander';
import { metricsAttributesCommand } from './metrics-attributes.js';
import { metricsCalcCommand } from './metrics-calc.js';
import { metricsClipScoreCommand } from './metrics-clip-score.js';
import { metricsEvalCommand } from './metrics-eval.js';
import { metricsGroupsCommand } from './metrics-groups.js';
import { metricsRefCommand } from './metrics-ref.js';

/** `onestep metrics calc | ref | eval | groups | attributes | clip-score` */
export function metricsCommand(): Command {
  return new Command('metrics')
    .description('FID, Inception Score, KID, precision and recall; each number is printed with its detector')
    .addCommand(metricsCalcCommand())
    .addCommand(metricsRefCommand())
    .addCommand(metricsEvalCommand())
    .addCommand(metricsGroupsCommand())
    .addCommand(metricsAttributesCommand())
    .addCommand(metricsClipScoreCommand());
}
