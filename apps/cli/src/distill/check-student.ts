import type { Command } from 'commander';
import { needsOf, type Method, type OptionRow } from '@onestep/diffusion-core';
import { attributeName, flagArguments } from '../options/method-options.js';
import { UserError } from '../user-error.js';
import type { DistillOptions } from './distill-options.js';

/**
 * Checks whether the options of a new run fit with a student that was trained before, or without one.
 *
 * @throws UserError if they need a student and there is none, or a preset begins without one and there is one
 */
export function checkStudent(
  command: Command,
  method: Method,
  methodOptions: Readonly<Record<string, unknown>>,
  { transfer, resume, begun }: Pick<DistillOptions, 'transfer' | 'resume' | 'begun'>,
): void {
  if (resume !== undefined || begun) return;
  const needsStudent = (changes: Readonly<Record<string, unknown>>) =>
    needsOf(method, { ...methodOptions, ...changes }).includes('student');
  const rows = Object.entries(method.options);
  if (transfer === undefined && needsStudent({})) {
    const other = rows.find(([name, row]) => !needsStudent({ [name]: row.default }));
    const or = other === undefined ? '' : ` Or begin with the teacher: ${typed(other, other[1].default)}.`;
    const what = `The method ${method.name} with these options trains a student that was trained before`;
    throw new UserError(`${what}: give its file, --transfer FILE.${or}`, 2);
  }
  if (transfer === undefined || needsStudent({})) return;
  const preset = rows.find(
    ([name, row]) =>
      row.continued !== undefined &&
      command.getOptionValueSource(attributeName(name, row)) === 'config' &&
      needsStudent({ [name]: row.continued }),
  );
  if (preset === undefined) return;
  const value = typed(preset, methodOptions[preset[0]]);
  throw new UserError(
    `--preset ${command.opts<{ preset: string }>().preset} has ${value}, to begin with the teacher, and --transfer gives a student. Add ` +
      `${typed(preset, preset[1].continued)} to go on from the student, or ${value} if that is meant.`,
    2,
  );
}

/** An option as it is typed: `--first-stage 0`. */
function typed([name, row]: [string, OptionRow<unknown>], value: unknown): string {
  return flagArguments({ [name]: row }, { [name]: value }).join(' ');
}
