import { CheckpointError } from '@onestep/checkpoint';
import type { HubAddress } from './hub-address.js';

/** The files of a revision of a repository. */
export interface Repository {
  /** The commit that the revision is at. */
  commit: string;
  /** The SHA-256 of each file, by its path; null where the Hub does not state it, as for small files. */
  files: Record<string, string | null>;
}

const COMMIT = /^[0-9a-f]{40}$/;
const SHA_256 = /^[0-9a-f]{64}$/;

/** Whether a path stays in the folder of its repository. */
export function isInside(path: string): boolean {
  const parts = path.split('/');
  return parts.every(
    (part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\\') && !part.includes(':'),
  );
}

/**
 * Lists the files of a repository.
 *
 * @throws CheckpointError with the Hub's answer if it refuses; the connection's error if it cannot be reached
 */
export async function listRepository({
  address,
  owner,
  name,
  revision,
  endpoint,
  token,
}: HubAddress): Promise<Repository> {
  const { HubApiError, listFiles, modelInfo } = await import('@huggingface/hub');
  const access = { hubUrl: endpoint, ...(token !== undefined && { accessToken: token }) };
  const repo = `${owner}/${name}`;
  try {
    const { sha } = await modelInfo({ name: repo, revision, additionalFields: ['sha'], ...access });
    if (typeof sha !== 'string' || !COMMIT.test(sha))
      throw new CheckpointError(address, 'the Hub does not say its commit');
    const files: Repository['files'] = {};
    for await (const { type, path, lfs } of listFiles({ repo, revision: sha, recursive: true, ...access })) {
      if (type === 'file' && isInside(path)) files[path] = lfs !== undefined && SHA_256.test(lfs.oid) ? lfs.oid : null;
    }
    return { commit: sha, files };
  } catch (error) {
    if (!(error instanceof HubApiError)) throw error;
    const { statusCode } = error;
    const hidden =
      token === undefined
        ? 'Private and gated repositories need a token in HF_TOKEN'
        : 'The token in HF_TOKEN may lack access';
    const what =
      statusCode === 401 || statusCode === 403 || statusCode === 404
        ? `the Hub has no such repository or revision (${statusCode}), or does not show it. ${hidden}`
        : `the Hub answered ${statusCode}: ${error.message}`;
    throw new CheckpointError(address, what, { cause: error });
  }
}
