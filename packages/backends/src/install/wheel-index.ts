import { BackendError } from '../backend-error.js';
import { summarizeError } from '../optional-package.js';
import type { WheelPlatform } from './platform.js';
import { parseWheelName, runsOn } from './wheel-name.js';

/** A wheel that is needed: any of these projects in this version. */
export interface NeededWheel {
  /** Names, the one to download first. */
  projects: readonly string[];
  version: string;
  /** Whether a file on disk may have another version. */
  anyVersion?: boolean;
}

/** A wheel that an index offers. */
export interface OfferedWheel {
  file: string;
  url: string;
  sha256: string;
  /** Bytes; null if the index does not say. */
  size: number | null;
}

const PYPI = 'https://pypi.org/simple';
const JSON_INDEX = 'application/vnd.pypi.simple.v1+json';

/**
 * Finds a wheel in the package index that PIP_INDEX_URL names, or in PyPI. Python's version does not matter, since only libraries and
 * headers are taken from it. The index is read as JSON (PEP 691), or as HTML (PEP 503).
 *
 * @throws BackendError if the index cannot be read, or has no such wheel for this platform
 */
export async function findWheel(
  { projects: [project], version }: NeededWheel,
  platform: WheelPlatform,
  signal?: AbortSignal,
): Promise<OfferedWheel> {
  const page = `${(process.env.PIP_INDEX_URL || PYPI).replace(/\/+$/, '')}/${project}/`;
  const fits = (file: string) => {
    const name = parseWheelName(file);
    return name !== null && name.project === project && name.version === version && runsOn(name, platform);
  };
  const offered = (await readIndex(page, signal)).filter(({ file }) => fits(file));
  const wheel = offered.sort((a, b) => (a.file < b.file ? -1 : 1))[0];
  if (wheel === undefined) {
    throw new BackendError(
      `${page} has no wheel of ${project} ${version} for ${platform.description}. ${elsewhere(project!, version)}`,
    );
  }
  if (!/^[0-9a-f]{64}$/.test(wheel.sha256)) {
    throw new BackendError(
      `${page} gives no SHA-256 for ${wheel.file}, so it is not downloaded. ${elsewhere(project!, version)}`,
    );
  }
  return wheel;
}

function elsewhere(project: string, version: string): string {
  return (
    'Set PIP_INDEX_URL to another index, or download the wheel on another machine ' +
    `(pip download --no-deps ${project}==${version}) and pass it with --wheel FILE.`
  );
}

async function readIndex(page: string, signal?: AbortSignal): Promise<OfferedWheel[]> {
  const fail = (reason: string, cause?: unknown) => {
    const advice =
      'Check the network, set PIP_INDEX_URL to an index that is reachable, or pass files with --wheel FILE.';
    return new BackendError(`${page} could not be read: ${reason}. ${advice}`, { cause });
  };
  try {
    const response = await fetch(page, { signal, headers: { accept: `${JSON_INDEX}, text/html;q=0.5` } });
    if (!response.ok) throw fail(`the server answered ${response.status}`);
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return isJson ? filesOfJson(await response.json(), response.url) : filesOfHtml(await response.text(), response.url);
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof BackendError ? error : fail(summarizeError((error as Error).cause ?? error), error);
  }
}

interface JsonIndex {
  files: { filename: string; url: string; hashes: { sha256?: string }; size?: number }[];
}

function filesOfJson(index: unknown, base: string): OfferedWheel[] {
  return (index as JsonIndex).files.map(({ filename, url, hashes, size }) => ({
    file: filename,
    url: new URL(url, base).href,
    sha256: hashes.sha256 ?? '',
    size: size ?? null,
  }));
}

/** Links: `<a href="../../NAME.whl#sha256=0123...">NAME.whl</a>`. */
function filesOfHtml(html: string, base: string): OfferedWheel[] {
  return [...html.matchAll(/<a\s[^>]*href="([^"]+)"/g)].map(([, href]) => {
    const url = new URL(href!.replaceAll('&amp;', '&'), base);
    const sha256 = /^#sha256=(\w+)$/.exec(url.hash)?.[1] ?? '';
    url.hash = '';
    return { file: decodeURIComponent(url.pathname.split('/').at(-1)!), url: url.href, sha256, size: null };
  });
}
