import { CheckpointError } from '@onestep/checkpoint';
import type { CheckpointContents } from './checkpoint-contents.js';
import type { CheckpointFormat, FoundNetwork } from './checkpoint-format.js';
import { DIFFUSERS } from './diffusers.js';
import { EDM2_SNAPSHOT } from './edm2-snapshot.js';
import { EDM_STATE_DICT } from './edm-state-dict.js';
import { ONESTEP_NETWORK } from './onestep-network.js';
import { OPENAI } from './openai.js';
import { PUBLISHED_SNAPSHOT } from './published-snapshot.js';
import { STYLEGAN2_SNAPSHOT } from './stylegan2-snapshot.js';
import type { StatedSettings, StatedSettingsOptions } from './stated-settings.js';

/** Every kind of checkpoint that networks are read from. The first one that recognizes a file opens it. */
export const FORMATS: readonly CheckpointFormat[] = [
  ONESTEP_NETWORK,
  STYLEGAN2_SNAPSHOT,
  PUBLISHED_SNAPSHOT,
  EDM2_SNAPSHOT,
  DIFFUSERS,
  OPENAI,
  EDM_STATE_DICT,
];

/** Finds the format of contents; undefined if they hold no network that is known here. */
export function findFormat(contents: CheckpointContents): CheckpointFormat | undefined {
  return FORMATS.find((format) => format.recognizes(contents));
}

/**
 * Reads the network in a checkpoint of a format.
 *
 * @throws RangeError naming a stated setting that has no effect on it; what {@link CheckpointFormat.open} throws
 */
export function openFormat(
  format: CheckpointFormat,
  contents: CheckpointContents,
  { settings: stated = {}, sharesSettings = false }: StatedSettingsOptions,
): FoundNetwork {
  const given = (Object.keys(stated) as (keyof StatedSettings)[]).filter((setting) => stated[setting] !== undefined);
  const unused = given.find((setting) => !format.uses.includes(setting));
  if (unused !== undefined && !sharesSettings) {
    const setting = unused === 'ddpm' ? 'ddpm settings' : unused;
    throw new RangeError(`${contents.name}: it is ${format.name}, and takes no ${setting}: leave that out.`);
  }
  return format.open(contents, stated);
}

/**
 * Reads the network in a checkpoint of any known kind, without building it.
 *
 * @throws CheckpointError if it holds no known network; what {@link CheckpointFormat.open} throws
 */
export function openContents(contents: CheckpointContents, options: StatedSettingsOptions = {}): FoundNetwork {
  const format = findFormat(contents);
  if (format !== undefined) return openFormat(format, contents, options);
  const known = FORMATS.map(({ name }) => name).join('; ');
  throw new CheckpointError(contents.name, `${describeTensors(contents)}; what is known: ${known}`);
}

function describeTensors({ tensors }: CheckpointContents): string {
  const names = Object.keys(tensors);
  if (names.length === 0) return 'it holds no network, and no tensors by names';
  const shown = names.slice(0, 4).map((name) => name.slice(0, 60));
  const rest = names.length > shown.length ? ', ...' : '';
  return `its ${names.length} tensors (${shown.join(', ')}${rest}) are not those of a network that is known here`;
}
