import { Command } from 'commander';
export function quickstartCommand(): Command { return new Command('quickstart'); }
