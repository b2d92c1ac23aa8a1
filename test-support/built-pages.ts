import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser } from 'playwright-core';
import { build } from 'vite';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const TYPES: Record<string, string> = {
  '': 'text/html; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};
/** Where pages are served: they have to work in any folder of a host. */
export const FOLDER = '/some/folder/';
/** Where the same pages are served with the headers that make them cross-origin isolated. */
const ISOLATED_FOLDER = '/isolated/folder/';

/**
 * Path of the browser for tests of pages: ONESTEP_CHROMIUM, or Debian's Chromium; null if there is none.
 *
 * @throws Error if ONESTEP_CHROMIUM names a file that does not exist
 */
export function chromiumPath(): string | null {
  const named = process.env.ONESTEP_CHROMIUM;
  if (!named) return CHROMIUM.find((path) => existsSync(path)) ?? null;
  if (!existsSync(named)) throw new Error(`ONESTEP_CHROMIUM is '${named}', which does not exist. Expected a browser.`);
  return named;
}

/**
 * Starts headless Chromium.
 *
 * @param options.webgpu whether to enable WebGPU on SwiftShader, which needs no GPU
 */
export function launchChromium({ webgpu = false } = {}): Promise<Browser> {
  const gpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan'];
  return chromium.launch({ executablePath: chromiumPath()!, args: ['--no-sandbox', ...(webgpu ? gpu : [])] });
}

/** The pages of apps/web, built and served as by a plain static host. */
export interface BuiltPages {
  /** URL of their folder, with a slash at the end. */
  address: string;
  /** The same for pages that are cross-origin isolated. */
  isolatedAddress: string;
  /** Path of their folder. */
  folder: string;
  /** Names of the files that were asked for, in order. */
  requests: string[];
  /** Looks at each request first. One that it answers, or whose connection it closes, is not answered from the folder. */
  intercept: RequestListener;
  /** Stops the server and removes the built files. */
  close(): Promise<void>;
}

/** Builds the pages of apps/web and serves them from this process. */
export async function buildAndServePages(): Promise<BuiltPages> {
  return serveFolder(await buildPages());
}

/** Builds the pages of apps/web. @returns a temporary folder */
export async function buildPages(): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), 'onestep-web-'));
  const configFile = fileURLToPath(new URL('../apps/web/vite.config.ts', import.meta.url));
  await build({ configFile, mode: 'production', logLevel: 'error', build: { outDir, emptyOutDir: true } });
  return outDir;
}

/**
 * Serves a folder of built pages from this process, in the folder `FOLDER` of a host.
 *
 * @param outDir the folder, which is removed at the end
 */
export async function serveFolder(outDir: string): Promise<BuiltPages> {
  const server = createServer((request, response) => {
    const pathname = decodeURIComponent(new URL(request.url!, 'http://host').pathname);
    pages.requests.push(basename(pathname));
    const folder = [FOLDER, ISOLATED_FOLDER].find((start) => pathname.startsWith(start));
    if (folder === ISOLATED_FOLDER) {
      response.setHeader('cross-origin-opener-policy', 'same-origin');
      response.setHeader('cross-origin-embedder-policy', 'require-corp');
    }
    pages.intercept(request, response);
    if (response.writableEnded || response.headersSent || request.destroyed) return;
    const path = normalize(join(outDir, folder === undefined ? 'nothing' : pathname.slice(folder.length)));
    readFile(path.endsWith('/') ? join(path, 'index.html') : path).then(
      (contents) => {
        response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
        response.setHeader('content-length', contents.length);
        response.end(contents);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pages: BuiltPages = {
    folder: outDir,
    requests: [],
    intercept: () => undefined,
    address: host + FOLDER,
    isolatedAddress: host + ISOLATED_FOLDER,
    async close() {
      server.close();
      server.closeAllConnections();
      await rm(outDir, { recursive: true });
    },
  };
  return pages;
}
