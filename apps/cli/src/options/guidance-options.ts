import { InvalidArgumentError, Option, type Command } from 'commander';
import {
  checkGuidance,
  checkGuidanceOptions,
  guidanceOf,
  SAMPLING_GUIDANCE_OPTIONS,
  settleOptions,
  warnOfGuidance,
  type DenoiserNetwork,
  type Guidance,
  type Method,
  type OptionsOf,
  type OptionTable,
} from '@onestep/diffusion-core';
import { loadTeacher } from '../networks/load-network.js';
import { nameEncoderFlags } from '../networks/text-encoder.js';
import { UserError } from '../user-error.js';
import { addMethodOptions, flagArguments, nameFlags, readMethodOptions } from './method-options.js';

/** The network that guides, as a command line names it. */
export interface GuidanceNetworkOption {
  guidanceNetwork?: string;
}

/** Options of guidance by one scale, complete. */
export type SettledGuidance = OptionsOf<typeof SAMPLING_GUIDANCE_OPTIONS>;

/** Options of guidance by one scale, as they are typed. */
export interface GuidanceCommandOptions extends GuidanceNetworkOption, Partial<SettledGuidance> {}

/** Adds `--guidance-network`. */
export function addGuidanceNetworkOption(command: Command): Command {
  return command.option(
    '--guidance-network <source>',
    'guide by this weaker diffusion model of the same images, such as an early snapshot, in place of the images without a label',
  );
}

/** Adds {@link GuidanceCommandOptions}. @param scale whether to add `--guidance`, too */
export function addGuidanceOptions(command: Command, { scale = true } = {}): Command {
  const { guidance, ...limits } = SAMPLING_GUIDANCE_OPTIONS;
  addMethodOptions(command, scale ? { guidance, ...limits } : limits);
  return addGuidanceNetworkOption(command);
}

/** Checks the options against each other, before any work. @throws UserError if one has no effect */
export function settleGuidance(options: GuidanceCommandOptions): SettledGuidance {
  checkGuidanceNetwork(options, options.guidance);
  return withFlags(2, () => {
    const settled = settleOptions(
      SAMPLING_GUIDANCE_OPTIONS,
      readMethodOptions(SAMPLING_GUIDANCE_OPTIONS, { ...options }, false),
    );
    checkGuidanceOptions(SAMPLING_GUIDANCE_OPTIONS, settled, options.guidanceNetwork !== undefined);
    return settled;
  });
}

/** Runs `f`, whose errors about options name them, and the way out, as they are typed. */
function withFlags<T>(exitCode: 1 | 2, f: () => T): T {
  try {
    return f();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = error.message.replace(
      'guide it by a weaker network of the same images, or leave guidance out',
      'give --guidance-network FILE, a weaker network of the same images, or leave --guidance out',
    );
    throw new UserError(nameFlags(nameEncoderFlags(message), SAMPLING_GUIDANCE_OPTIONS as OptionTable), exitCode);
  }
}

/** @throws UserError if a network is to guide without a scale, or with a negative prompt */
export function checkGuidanceNetwork(
  { guidanceNetwork, negativePrompt }: GuidanceNetworkOption & { negativePrompt?: string | null },
  scale: unknown,
): void {
  if (guidanceNetwork === undefined) return;
  if ((scale ?? null) === null) {
    throw new UserError('--guidance-network has no effect without guidance: give its scale, such as --guidance 2.', 2);
  }
  if ((negativePrompt ?? null) === null) return;
  throw new UserError(
    '--negative-prompt and --guidance-network both say what guidance moves away from: give one of them.',
    2,
  );
}

/** Guidance that is ready to use. */
export interface OpenedGuidance {
  guidance: Guidance;
  /** A warning where the network was never trained without labels. */
  warning?: string;
}

/**
 * Loads the weaker network, if there is one, and checks that the network can be guided so.
 *
 * @returns undefined for no guidance
 * @throws UserError if the network cannot be guided so
 */
export async function openGuidance(
  settled: SettledGuidance,
  { guidanceNetwork }: GuidanceNetworkOption,
  network: DenoiserNetwork,
): Promise<OpenedGuidance | undefined> {
  if (settled.guidance === null) return undefined;
  const weaker = guidanceNetwork === undefined ? undefined : await loadTeacher(guidanceNetwork);
  try {
    const guidance = withFlags(1, () => {
      const described = guidanceOf(settled, network, weaker)!;
      checkGuidance(network, described);
      return described;
    });
    const { negativePrompt } = settled;
    return { guidance, warning: guidance.scale === 1 ? undefined : warnOfGuidance(network, weaker, negativePrompt) };
  } catch (error) {
    weaker?.module.dispose();
    throw error;
  }
}

/** The options of guidance as arguments of another command of the program. */
export function guidanceArguments({ guidanceNetwork, ...options }: GuidanceCommandOptions): string[] {
  const given = Object.entries(options).filter(
    ([name, value]) => name in SAMPLING_GUIDANCE_OPTIONS && value !== undefined,
  );
  const network = guidanceNetwork === undefined ? [] : ['--guidance-network', guidanceNetwork];
  return [...flagArguments(SAMPLING_GUIDANCE_OPTIONS, Object.fromEntries(given)), ...network];
}

/** What is guided, of a command for several methods. Those that guide their teacher only take no notice of it. */
export function guidanceWhereOption(): Option {
  return new Option(
    '--guidance-where <name>',
    'what is guided in methods with a fake score network: the teacher, or both (default: teacher)',
  ).choices(['teacher', 'both']);
}

/** Makes a method without guidance refuse its options with the reason. The help leaves them out. */
export function refuseGuidance(command: Command, { title, noGuidance = '' }: Method): void {
  const refuse = () => {
    throw new InvalidArgumentError(`${title} has no guidance. ${noGuidance}`.trim());
  };
  for (const name of [
    'guidance',
    'guidance-where',
    'guidance-interval',
    'guidance-limit',
    'guidance-network',
    'negative-prompt',
  ]) {
    command.addOption(new Option(`--${name} <value>`).argParser(refuse).hideHelp());
  }
}
