import { INVALID_RECORD, readGeneratorRecord, type NetworkRecord } from '@onestep/diffusion-core';
import { CheckpointError, type Safetensors } from '@onestep/checkpoint';
import { openSource, type LoadOptions, type NetworkSource } from './files/open-source.js';
import { readFiles } from './files/read-contents.js';
import { CheckpointContents } from './formats/checkpoint-contents.js';
import { describesOwnLatents } from './formats/network-loaders.js';
import { openContents } from './formats/registry.js';
import type { StatedSettings, StatedSettingsOptions } from './formats/stated-settings.js';
import { findModel, MODELS } from './models.js';
import { nearestNames } from './nearest-names.js';
import { publishedTeacherNames, publishedTeacherUrl } from './published-teachers.js';

/** The role of the network in a file: a diffusion model, or a one-step generator. */
export type NetworkRole = 'teacher' | 'generator';

/** Thrown if a file's network has the other role than the one that was loaded. */
export class NetworkRoleError extends CheckpointError {
  /** @internal */
  constructor(
    source: string,
    /** The role of the file's network; null if its file does not say it. */
    readonly role: NetworkRole | null,
    what: string,
  ) {
    super(source, what);
  }
}

/** A network file whose network has not been built. */
export interface NetworkFile extends NetworkRecord {
  /** Name of the file in messages. */
  name: string;
  /** Null if the file does not say it. */
  role: NetworkRole | null;
  /** Tensors by their names in the network, and settings as metadata. */
  contents: Safetensors;
  /** What was assumed because the file does not say it, in one line; null if nothing was. */
  note: string | null;
  /** The settings that may be stated in place of what was assumed. */
  assumed: readonly (keyof StatedSettings)[];
}

/**
 * Reads a network file without building its network, so that its role is checked before an engine starts.
 *
 * @param role of the two networks of a model that comes with the package
 * @throws CheckpointError naming the file if it is missing, damaged, or has no network settings; RangeError if the source
 *   is neither a file nor a name that is known
 */
export async function readNetworkFile(
  source: NetworkSource,
  role: NetworkRole,
  { settings, sharesSettings, ...options }: LoadOptions & StatedSettingsOptions,
): Promise<NetworkFile> {
  const opened = await openSource(addressOf(source, role), options).catch((error: unknown) => {
    throw isUnknownName(source, error) ? unknownName(source) : error;
  });
  return describeContents(readFiles(opened), { settings, sharesSettings });
}

/** Reads the settings of a snapshot of this program. */
export function describeSnapshot(name: string, safetensors: Safetensors): NetworkFile {
  return describeContents(new CheckpointContents(name, { safetensors }));
}

/** Reads the settings in the contents of a checkpoint. */
function describeContents(contents: CheckpointContents, options?: StatedSettingsOptions): NetworkFile {
  const { name } = contents;
  const { snapshot, note = null, assumed = [] } = openContents(contents, options);
  const record = readGeneratorRecord(snapshot.metadata, name);
  const file = { ...record, name, contents: snapshot, note, assumed };
  const { generator, unstatedRole } = record;
  if (describesOwnLatents(record.settings)) return { ...file, generator: generator ?? {}, role: 'generator' };
  if (generator !== null && generator.initSigma === undefined) throw new CheckpointError(name, INVALID_RECORD);
  return { ...file, role: generator !== null ? 'generator' : unstatedRole === undefined ? 'teacher' : null };
}

/**
 * The address of a model's file or of a published network; any other source as it is.
 *
 * @throws NetworkRoleError if the model is a GAN, and a diffusion model is asked for
 */
export function addressOf<T extends NetworkSource>(source: T, role: NetworkRole): T | string | URL {
  if (typeof source !== 'string') return source;
  const model = findModel(source);
  if (model === undefined) return publishedTeacherUrl(source) ?? source;
  const file = model[role];
  if (file === null) throw new NetworkRoleError(source, 'generator', 'it is a GAN, which has no teacher');
  return file.url;
}

/** Whether a source that was not found looks like a name, or a published file, and not like a path. */
function isUnknownName(source: NetworkSource, error: unknown): source is string {
  if (!(error instanceof CheckpointError) || !error.message.endsWith('there is no such file.')) return false;
  return typeof source === 'string' && /^[\w-]+(\.pkl)?$/.test(source);
}

function unknownName(name: string): RangeError {
  const [models, published] = [Object.keys(MODELS), publishedTeacherNames()];
  const near = nearestNames(name.replace(/\.pkl$/, ''), [...models, ...published]);
  const question = near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`;
  return new RangeError(
    `There is neither a model nor a file "${name}".${question} Models: ${models.join(', ')}. ` +
      `Published teachers, which are downloaded: ${published.join(', ')}.`,
  );
}
