import { Command } from 'commander';
export function metricsCommand(): Command { return new Command('metrics'); }
