import type { Command } from 'commander';

/** Values of options, by the names that commander gives them. */
export type PresetValues = Record<string, unknown>;

/** Sets options that were not typed. */
export function applyPreset(command: Command, values: PresetValues): void {
  for (const [name, value] of Object.entries(values)) {
    if (command.getOptionValueSource(name) !== 'cli') command.setOptionValueWithSource(name, value, 'config');
  }
}
