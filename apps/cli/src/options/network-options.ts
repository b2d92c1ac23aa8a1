import { InvalidArgumentError, Option, type Command } from 'commander';
import { MODELS, publishedTeacherNames, type StatedSettings } from 'onestep';
import { UserError } from '../user-error.js';
import { addHelpNotes } from './examples.js';
import { integer, number } from './parsers.js';

/** Options that state the settings of a network whose file does not. Every command that opens a network has them. */
export interface NetworkOptions {
  precond?: StatedSettings['precond'];
  sigmaData?: number;
  sigmaRange?: [number, number];
  channelsPerHead?: number;
  networkKey?: string;
  ddpmSettings?: StatedSettings['ddpm'];
}

/** The options by the settings that they state. */
const FLAGS: Record<string, string> = {
  precond: '--precond',
  sigmaData: '--sigma-data',
  sigmaRange: '--sigma-range',
  channelsPerHead: '--channels-per-head',
  networkKey: '--network-key',
  ddpm: '--ddpm-settings',
  initSigma: '--init-sigma',
};

/** Settings of {@link StatedSettings.ddpm}: numbers, words, and what is true or false. */
const DDPM_SETTINGS: Record<string, 'number' | 'word' | 'boolean'> = {
  imgResolution: 'number',
  headChannels: 'number',
  numHeads: 'number',
  headOrder: 'word',
  scheme: 'word',
  noiseSchedule: 'word',
  steps: 'number',
  predictsImage: 'boolean',
  rescalesTimesteps: 'boolean',
  timesteps: 'word',
  sigmaMin: 'number',
  sigmaMax: 'number',
};

/**
 * Adds {@link NetworkOptions} to a command.
 *
 * @param hasPrecond whether the command has `--precond` already, with the same meaning
 */
export function addNetworkOptions(command: Command, { hasPrecond = false } = {}): Command {
  command.optionsGroup('Settings of a network whose file does not state them:');
  if (!hasPrecond) {
    const about = 'preconditioning of bare EDM weights (default: edm; iddpm for two outputs per channel)';
    command.addOption(new Option('--precond <name>', about).choices(['edm', 'vp', 've', 'iddpm']));
  }
  command
    .option(
      '--sigma-data <sigma>',
      'for --precond edm: standard deviation of the data (default: 0.5)',
      number({ above: 0 }),
    )
    .option('--sigma-range <list>', 'for --precond ve: lowest and highest noise level (default: 0.02,100)', range)
    .option(
      '--channels-per-head <n>',
      'channels of an attention head (default: all in DDPM++ and NCSN++, 64 in ADM)',
      integer({ min: 1 }),
    )
    .option('--network-key <name>', 'which of several networks in a file, such as ema (default: the averaged one)')
    .option(
      '--ddpm-settings <list>',
      'of a diffusers, guided-diffusion or consistency_models network, such as scheme=edm,headChannels=64: ' +
        Object.keys(DDPM_SETTINGS).join(', '),
      ddpmSettings,
    );
  const names = [Object.keys(MODELS), publishedTeacherNames()].map((list) => list.join(', '));
  addHelpNotes(
    command,
    `Networks by name: ${names[0]}.`,
    `Published diffusion models, which are downloaded: ${names[1]}.`,
  );
  return command.optionsGroup('Options:');
}

/** The settings that options state. */
export function statedSettings(options: NetworkOptions): StatedSettings {
  const { precond, sigmaData, sigmaRange, channelsPerHead, networkKey, ddpmSettings: ddpm } = options;
  return { precond, sigmaData, sigmaRange, channelsPerHead, networkKey, ddpm };
}

/** The options as they are typed, for another command. */
export function networkArguments(options: NetworkOptions): string[] {
  const { ddpm, ...settings } = statedSettings(options);
  const ddpmText =
    ddpm &&
    Object.entries(ddpm)
      .map(([name, value]) => `${name}=${String(value)}`)
      .join();
  return Object.entries({ ...settings, ddpm: ddpmText }).flatMap(([name, value]) =>
    value === undefined ? [] : [FLAGS[name]!, String(value)],
  );
}

/** A line about what was assumed, with the options that state something else. */
export function noteWithFlags(note: string, assumed: readonly string[] = []): string {
  const flags = assumed.map((name) => FLAGS[name]).filter((flag) => flag !== undefined);
  return flags.length === 0 ? note : `${note} Others: ${flags.join(', ')}.`;
}

/** A message with the options as they are typed in place of the names of settings. */
export function nameNetworkFlags(message: string): string {
  const named = message.replaceAll('ddpm settings', FLAGS.ddpm!);
  return named.replace(
    /\b(precond|sigmaData|sigmaRange|channelsPerHead|networkKey|initSigma)\b/g,
    (name) => FLAGS[name]!,
  );
}

function range(text: string): [number, number] {
  const [low, high, ...more] = text.split(',').map(Number);
  if (more.length > 0 || !(low! > 0) || !(high! > low!)) {
    throw new InvalidArgumentError('It has to be two numbers above 0, the lower one first, such as 0.02,100.');
  }
  return [low!, high!];
}

function ddpmSettings(text: string): StatedSettings['ddpm'] {
  const entries = text.split(',').map((part) => {
    const [name = '', value = ''] = part.split('=');
    const kind = Object.hasOwn(DDPM_SETTINGS, name) ? DDPM_SETTINGS[name]! : undefined;
    const parsed = kind === 'number' ? Number(value) : kind === 'boolean' ? value === 'true' : value;
    const isValid =
      kind === 'number'
        ? value !== '' && Number.isFinite(parsed)
        : kind === 'boolean'
          ? /^(true|false)$/.test(value)
          : value !== '';
    if (kind === undefined || !isValid) {
      throw new InvalidArgumentError(
        `It has to be a list of name=value; the names are ${Object.keys(DDPM_SETTINGS).join(', ')}.`,
      );
    }
    return [name, parsed];
  });
  return Object.fromEntries(entries) as StatedSettings['ddpm'];
}

/** The error about a network of which nothing says whether it is a diffusion model or a one-step generator. */
export function unstatedRole(source: string): UserError {
  return new UserError(
    `${source} does not say whether it is a diffusion model or a one-step generator. For a generator, give its noise level ` +
      '(--init-sigma 2.5 for SiD, --init-sigma 1 for Diff-Instruct); for a diffusion model, give the steps of the sampler (--steps 18).',
    2,
  );
}
