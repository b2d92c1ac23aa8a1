import type { Command } from 'commander';
import {
  checkGuidanceOptions,
  GUIDANCE_OPTIONS,
  guidanceOf,
  settleOptions,
  warnOfGuidance,
  type DenoiserNetwork,
  type Guidance,
  type GuidanceOptions,
  type OptionTable,
} from '@onestep/diffusion-core';
import { loadTeacher } from '../networks/load-network.js';
import { UserError } from '../user-error.js';
import { addMethodOptions, nameFlags, readMethodOptions } from './method-options.js';

/** The network that guides, as a command line names it. */
export interface WeakerOption {
  weaker?: string;
}

/** Options of sampling with guidance. */
export interface GuidanceCommandOptions extends WeakerOption, Partial<GuidanceOptions> {}

/** Adds `--weaker`. */
export function addWeakerOption(command: Command): Command {
  return command.option(
    '--weaker <source>',
    'guide by this weaker diffusion model of the same images, such as an early snapshot, in place of the images without a label',
  );
}

/** Adds {@link GuidanceCommandOptions}. */
export function addGuidanceOptions(command: Command): Command {
  addMethodOptions(command, GUIDANCE_OPTIONS);
  return addWeakerOption(command);
}

/** Checks the options against each other, before any work. @throws UserError if one has no effect */
export function settleGuidance(options: GuidanceCommandOptions): GuidanceOptions {
  if (options.weaker !== undefined && (options.guidance ?? null) === null) {
    throw new UserError('--weaker has no effect without guidance: give its scale, such as --guidance 2.', 2);
  }
  return withFlags(2, () => {
    const settled = settleOptions(GUIDANCE_OPTIONS, readMethodOptions(GUIDANCE_OPTIONS, { ...options }, false));
    checkGuidanceOptions(settled, options.weaker !== undefined);
    return settled;
  });
}

/**
 * Loads the weaker network, if there is one.
 *
 * @returns the guidance, and a warning where the network was never trained without labels; undefined for none
 */
export async function openGuidance(
  settled: GuidanceOptions,
  { weaker }: WeakerOption,
  network: DenoiserNetwork,
): Promise<{ guidance: Guidance; warning?: string } | undefined> {
  if (settled.guidance === null) return undefined;
  const loaded = weaker === undefined ? undefined : await loadTeacher(weaker);
  const guidance = withFlags(1, () => guidanceOf(settled, network, loaded))!;
  return { guidance, warning: warnOfGuidance(network, loaded, settled.negativePrompt) };
}

/** Runs `f`, whose errors about options name them as they are typed. */
function withFlags<T>(exitCode: 1 | 2, f: () => T): T {
  try {
    return f();
  } catch (error) {
    const table: OptionTable = GUIDANCE_OPTIONS;
    throw error instanceof RangeError ? new UserError(nameFlags(error.message, table), exitCode) : error;
  }
}
