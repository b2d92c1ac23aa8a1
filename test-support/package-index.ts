import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the index answers. */
interface IndexOptions {
  /** `html` (PEP 503) or `json` (PEP 691). */
  format?: 'html' | 'json';
  /** Bytes of a wheel after which the connection breaks, for the first requests of it: one number for each. */
  breakAfter?: number[];
  /** Bytes of a wheel after which nothing more is sent, and the connection stays open. */
  stallAfter?: number;
  /** Replaces the checksum. */
  sha256?: string;
}

/** A package index on this machine. */
export interface PackageIndex {
  /** For PIP_INDEX_URL. */
  url: string;
  /** The first byte that each request of a wheel asked for. */
  starts: number[];
  close(): void;
}

/** Serves wheels by their file names. Addresses are relative, as on mirrors. Everything else is never answered. */
export async function serveIndex(wheels: Record<string, Buffer>, options: IndexOptions = {}): Promise<PackageIndex> {
  const { format = 'json', breakAfter = [], stallAfter, sha256 } = options;
  const starts: number[] = [];
  const files = Object.entries(wheels).map(([filename, bytes]) => ({
    filename,
    url: `../../files/${filename}`,
    hashes: { sha256: sha256 ?? createHash('sha256').update(bytes).digest('hex') },
    size: bytes.length,
  }));
  const links = files.map(({ url, hashes, filename }) => `<a href="${url}#sha256=${hashes.sha256}">${filename}</a>`);
  const page = (response: ServerResponse) => {
    const [type, body] =
      format === 'json'
        ? ['application/vnd.pypi.simple.v1+json', JSON.stringify({ files })]
        : ['text/html', links.join('')];
    response.writeHead(200, { 'content-type': type }).end(body);
  };
  const file = (response: ServerResponse, bytes: Buffer, range = 'bytes=0-') => {
    const start = Number(/^bytes=(\d+)-$/.exec(range)![1]);
    starts.push(start);
    if (start >= bytes.length) return response.writeHead(416).end();
    const rest = bytes.subarray(start);
    response.writeHead(start === 0 ? 200 : 206, { 'content-length': rest.length });
    const limit = breakAfter.shift();
    if (stallAfter !== undefined) return response.write(rest.subarray(0, stallAfter));
    if (limit === undefined) return response.end(rest);
    return response.write(rest.subarray(0, limit), () => response.destroy());
  };
  const server = createServer(({ url = '', headers }, response) => {
    const bytes = wheels[url.split('/').at(-1)!];
    if (url.startsWith('/simple/')) page(response);
    else if (bytes !== undefined) file(response, bytes, headers.range);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/simple`,
    starts,
    close: () => (server.closeAllConnections(), server.close()),
  };
}
