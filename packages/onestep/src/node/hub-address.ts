/** A place on the Hugging Face Hub, and how it is reached. */
export interface HubAddress {
  /** As it was given. */
  address: string;
  owner: string;
  name: string;
  /** A file or a folder of the repository, with slashes; empty for the whole repository. */
  path: string;
  /** A branch, a tag, or a commit. */
  revision: string;
  /** Address of the Hub, without a slash at its end. */
  endpoint: string;
  token: string | undefined;
}

const HUB = 'https://huggingface.co';
const FORM = /^hf:\/\/([\w.-]+)\/([\w.-]+)(?:@([^/@]+))?(?:\/([^@]*?))?\/?(?:@(.+))?$/i;

/** Whether an address is one of the Hugging Face Hub: `hf://owner/name`. */
export function isHubAddress(address: string): boolean {
  return /^hf:\/\//i.test(address);
}

/** The Hub's address of what a web page of it shows; undefined for any other address, such as that of a file itself. */
export function hubAddressOfPage(address: string): string | undefined {
  const [, repository, kind, revision, path = ''] =
    /^https?:\/\/(?:www\.)?(?:huggingface\.co|hf\.co)\/([\w.-]+\/[\w.-]+)(?:\/(tree|blob)\/([^/]+)(\/[^?#]+)?)?\/?$/i.exec(
      address,
    ) ?? [];
  if (repository === undefined) return undefined;
  return `hf://${repository}${path}${kind === undefined || revision === 'main' ? '' : `@${revision}`}`;
}

/**
 * Reads `hf://owner/name[/file][@revision]`. The revision may also follow the name, as other programs write it.
 *
 * @throws RangeError if the address has another form
 */
export function parseHubAddress(address: string): HubAddress {
  const [, owner = '', name = '', early, path = '', late] = FORM.exec(address) ?? [];
  const parts = path.split('/');
  const isInside =
    path === '' || parts.every((part) => part !== '' && part !== '.' && part !== '..' && !part.includes('\\'));
  const isName = (part: string) => part !== '' && !/^\.+$/.test(part);
  if (!isName(owner) || !isName(name) || !isInside || (early !== undefined && late !== undefined)) {
    throw new RangeError(
      `${address} is not an address of the Hugging Face Hub: hf://owner/name, hf://owner/name/file or hf://owner/name/file@revision.`,
    );
  }
  if (owner === 'datasets' || owner === 'spaces') {
    throw new RangeError(`${address}: networks are in repositories of models, hf://owner/name, not in ${owner}.`);
  }
  const endpoint = (process.env.HF_ENDPOINT || HUB).replace(/\/+$/, '');
  return {
    address,
    owner,
    name,
    path,
    revision: late ?? early ?? 'main',
    endpoint,
    token: process.env.HF_TOKEN || undefined,
  };
}
