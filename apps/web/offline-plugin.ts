import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PrecacheEntry } from 'workbox-precaching';
import { build, type Plugin, type Rolldown } from 'vite';
import type { OfflineTable } from './src/models/offline-table.js';

const SERVICE_WORKER = fileURLToPath(new URL('src/service-worker/main.ts', import.meta.url));
/** Weights of more bytes than this are models, which are kept when they are used. Smaller ones belong to a page. */
const MODEL_BYTES = 1_000_000;

interface BuiltFile {
  /** Path in the folder of the pages. */
  path: string;
  contents: Buffer;
}

/**
 * Writes what the built pages need without a network: `service-worker.js`, which keeps the files of the pages, and `offline.json`,
 * the table of the models with their sizes and digests.
 */
export function offline(): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    async writeBundle({ dir }, bundle) {
      const read = async (path: string) => ({ path, contents: await readFile(join(dir!, path)) });
      const files = await Promise.all(Object.keys(bundle).sort().map(read));
      const pages = files.filter((file) => !isModel(file));
      const table: OfflineTable = {
        bytes: pages.reduce((sum, { contents }) => sum + contents.length, 0),
        models: files.filter(isModel).map(describeModel),
      };
      const tableFile = { path: 'offline.json', contents: Buffer.from(JSON.stringify(table)) };
      await writeFile(join(dir!, tableFile.path), tableFile.contents);
      const entries = [...pages, tableFile].map(describeFile);
      await writeFile(join(dir!, 'service-worker.js'), await bundleServiceWorker(entries));
    },
  };
}

function isModel({ path, contents }: BuiltFile): boolean {
  return path.endsWith('.safetensors') && contents.length > MODEL_BYTES;
}

function describeModel({ path, contents }: BuiltFile): OfflineTable['models'][number] {
  const name = /([^/]+)-[\w-]{8}\.safetensors$/.exec(path)![1]!;
  return { name, path, bytes: contents.length, sha256: sha256(contents) };
}

/** A file with a hash in its name never changes. Others have a revision. */
function describeFile({ path, contents }: BuiltFile): PrecacheEntry {
  return { url: path, revision: path.startsWith('assets/') ? null : sha256(contents).slice(0, 16) };
}

function sha256(contents: Buffer): string {
  return createHash('sha256').update(contents).digest('hex');
}

/** The service worker as one classic script, which all browsers run. */
async function bundleServiceWorker(files: PrecacheEntry[]): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    define: { FILES: JSON.stringify(files), 'process.env.NODE_ENV': '"production"' },
    build: { write: false, rollupOptions: { input: SERVICE_WORKER, output: { format: 'iife' } } },
  });
  return (built as Rolldown.RolldownOutput).output[0].code;
}
