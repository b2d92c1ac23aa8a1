import { readGeneratorRecord, type NetworkRecord } from '@onestep/diffusion-core';
import { CheckpointError, type Safetensors } from '@onestep/checkpoint';
import { openSource, type LoadOptions, type NetworkSource } from './files/open-source.js';
import { readCheckpoint } from './files/read-checkpoint.js';
import { findModel, MODELS } from './models.js';
import { publishedTeacherNames, publishedTeacherUrl } from './published-teachers.js';

/** The role of the network in a file: a diffusion model, or a one-step generator. */
export type NetworkRole = 'teacher' | 'generator';

/** Thrown if a file's network has the other role than the one that was loaded. */
export class NetworkRoleError extends CheckpointError {
  /** @internal */
  constructor(
    source: string,
    /** The role of the file's network. */
    readonly role: NetworkRole,
    what: string,
  ) {
    super(source, what);
  }
}

/** A network file whose network has not been built. */
export interface NetworkFile extends NetworkRecord {
  /** Name of the file in messages. */
  name: string;
  role: NetworkRole;
  contents: Safetensors;
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
  options: LoadOptions,
): Promise<NetworkFile> {
  const opened = await openSource(addressOf(source, role), options).catch((error: unknown) => {
    throw isUnknownName(source, error) ? unknownName(source) : error;
  });
  return describeFile(opened.name, readCheckpoint(opened));
}

/** Reads the settings in a file's contents. */
export function describeFile(name: string, contents: Safetensors): NetworkFile {
  const record = readGeneratorRecord(contents.metadata, name);
  return { ...record, name, contents, role: record.generator === null ? 'teacher' : 'generator' };
}

/** The address of a model's file or of a published network; any other source as it is. */
export function addressOf<T extends NetworkSource>(source: T, role: NetworkRole): T | string | URL {
  if (typeof source !== 'string') return source;
  return findModel(source)?.[role].url ?? publishedTeacherUrl(source) ?? source;
}

/** Whether a source that was not found looks like a name and not like a path. */
function isUnknownName(source: NetworkSource, error: unknown): source is string {
  return error instanceof CheckpointError && typeof source === 'string' && /^[\w-]+$/.test(source);
}

function unknownName(name: string): RangeError {
  const [models, published] = [Object.keys(MODELS), publishedTeacherNames()].map((names) => names.join(', '));
  return new RangeError(
    `There is neither a model nor a file "${name}". Models: ${models}. Published teachers: ${published}.`,
  );
}
