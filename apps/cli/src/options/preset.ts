import type { Command } from 'commander';

/** Values of options, by the names that commander gives them. */
export type PresetValues = Record<string, unknown>;

/** Sources of values that a preset leaves alone: what was typed, and defaults in the record of a run that `--config` names. */
const SETTLED = ['cli', 'recorded'];

/** Sets options that were not typed. */
export function applyPreset(command: Command, values: PresetValues): void {
  for (const [name, value] of Object.entries(values)) {
    if (!SETTLED.includes(command.getOptionValueSource(name) ?? ''))
      command.setOptionValueWithSource(name, value, 'config');
  }
}
