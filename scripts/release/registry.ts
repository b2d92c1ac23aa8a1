import { execFileSync } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Version {
  version: string;
  dist: { tarball: string };
}

/** What npm calls a packument: all that a registry knows about one package. */
interface Packument {
  name: string;
  'dist-tags': Record<string, string>;
  versions: Record<string, Version>;
}

/** The body of `npm publish`. */
interface Upload extends Packument {
  _attachments: Record<string, { data: string }>;
}

/** An npm registry in this process. */
export interface Registry {
  /** Its address; ends with a slash. */
  address: string;
  /** Lines of an `.npmrc` that let npm publish to it. */
  npmrc: string;
  /** Versions of the packages that were published here, by name. */
  published(): Record<string, string>;
  close(): void;
}

/**
 * Starts a registry on 127.0.0.1 that keeps what is published to it in memory and redirects to npm's registry for every
 * other package.
 *
 * @param isOurs packages that are never looked up at npm's registry, even if they are not published here
 */
export async function startRegistry(isOurs: (name: string) => boolean): Promise<Registry> {
  const upstream = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
  const packages = new Map<string, Packument>();
  const tarballs = new Map<string, Buffer>();

  const publish = (name: string, { _attachments, ...upload }: Upload) => {
    const present = packages.get(name);
    packages.set(name, {
      name,
      'dist-tags': { ...present?.['dist-tags'], ...upload['dist-tags'] },
      versions: { ...present?.versions, ...upload.versions },
    });
    const [{ data }] = Object.values(_attachments) as [{ data: string }];
    const [{ dist }] = Object.values(upload.versions) as [Version];
    tarballs.set(new URL(dist.tarball).pathname, Buffer.from(data, 'base64'));
  };

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, search } = new URL(request.url!, 'http://host');
    const name = decodeURIComponent(pathname.slice(1));
    // Another registry may have been at this address, so npm may not keep what it gets.
    response.setHeader('cache-control', 'no-store');
    const tarball = tarballs.get(decodeURIComponent(pathname));
    if (request.method === 'PUT' && isOurs(name)) {
      publish(name, JSON.parse((await bodyOf(request)).toString()) as Upload);
      response.writeHead(201).end('{}');
    } else if (request.method !== 'GET') response.writeHead(404).end('{}');
    else if (tarball) response.end(tarball);
    else if (packages.has(name)) response.end(JSON.stringify(packages.get(name)));
    else if (isOurs(name) || name.startsWith('-/')) response.writeHead(404).end('{}');
    else response.writeHead(307, { location: new URL(pathname.slice(1) + search, upstream).href }).end();
  };

  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address: `http://${host}/`,
    npmrc: `registry=http://${host}/\n//${host}/:_authToken=rehearsal\n`,
    published: () =>
      Object.fromEntries([...packages].map(([name, packument]) => [name, packument['dist-tags'].latest!])),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
