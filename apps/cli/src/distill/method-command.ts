import { Command, Option } from 'commander';
import { needsOf, type Method } from '@onestep/diffusion-core';
import { addGuidanceNetworkOption, refuseGuidance } from '../options/guidance-options.js';
import { addMethodOptions, presetValues } from '../options/method-options.js';
import { applyPreset } from '../options/preset.js';
import { addAdversarialOptions } from './adversarial-options.js';
import { addDistillOptions, type DistillOptions } from './distill-options.js';
import { runDistillation } from './run-distillation.js';

/**
 * `onestep distill NAME` of a method: its options come from its table.
 *
 * @param name as it is typed: the method's name, or the path of its file
 */
export function methodCommand(method: Method, name = method.name): Command {
  const command = new Command(name).description(`${method.title}, ${method.paper}`);
  addDistillOptions(command.optionsGroup('Options of the run:'), needsOf(method));
  command.optionsGroup(`Options of ${method.title}:`);
  if (Object.keys(method.presets).length > 0) command.addOption(presetOption(method));
  addMethodOptions(command, method.options);
  if (Object.hasOwn(method.options, 'guidance')) addGuidanceNetworkOption(command);
  else refuseGuidance(command, method);
  addAdversarialOptions(command, method.options);
  return command.action(() => {
    const { preset } = command.opts<DistillOptions & { preset?: string }>();
    if (preset !== undefined) applyPreset(command, presetValues(method.options, method.presets[preset]!));
    return runDistillation(command, method, name === method.name ? undefined : name);
  });
}

function presetOption({ presets }: Method): Option {
  return new Option(
    '--preset <name>',
    'settings for options that are not given: those of a published run, or ours',
  ).choices(Object.keys(presets));
}
