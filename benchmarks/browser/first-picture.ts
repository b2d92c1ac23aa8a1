import { extname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { median } from '../timings.js';
import { ONNXRUNTIME_FILES } from './build-page.js';
import { sizesOf, startStaticHost, type Line, type Sizes } from './static-host.js';

/** Lines that the page is loaded over; null is this machine's loopback. `4G` as webpagetest.org has it. */
const LINES: readonly (Line | null)[] = [null, { name: '4G', mbps: 9, roundTrip: 170 }];
const TIMEOUT = 300_000;

/** What a first visit transfers. */
export interface Transfer {
  what: string;
  files: number;
  /** Bytes of all of its files. */
  sizes: Sizes;
}

/** Time from the address to the first picture, in ms. */
export interface FirstPicture {
  line: string;
  cold: number[];
  /** A second visit, with what the browser has kept. */
  warm: number[];
}

/** How the page of apps/web arrives. */
export interface Arrival {
  transfers: Transfer[];
  /** The files of a page that would run the exported student in onnxruntime-web, without those of the page itself. */
  onnxruntime: Transfer[];
  firstPictures: FirstPicture[];
}

/**
 * Loads the page of apps/web with an empty cache, and again, and lists what was requested until all its networks were there.
 *
 * @param launch starts a browser that has cached nothing
 * @param pages folder of the built pages
 * @param measuring folder of the page that measures, with onnxruntime-web and the exported student
 */
export async function measureArrival(
  launch: () => Promise<Browser>,
  pages: string,
  measuring: string,
  rounds: number,
): Promise<Arrival> {
  let requests: string[] = [];
  const firstPictures: FirstPicture[] = [];
  for (const line of LINES) {
    const host = await startStaticHost(pages, line ?? undefined);
    const [cold, warm]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      const browser = await launch();
      try {
        // A service worker would fetch for later while the picture is on its way.
        const context = await browser.newContext({ serviceWorkers: 'block' });
        host.takeRequests();
        cold.push(await visit(await context.newPage(), host.address));
        requests = host.takeRequests();
        warm.push(await visit(await context.newPage(), host.address));
      } finally {
        await browser.close();
      }
    }
    host.close();
    firstPictures.push({ line: line === null ? 'loopback' : describe(line), cold, warm });
  }
  const ofOnnxruntime = ONNXRUNTIME_FILES.wasm.map((file) => join(measuring, 'onnxruntime-web', file));
  return {
    transfers: sumTransfers(requests.map((path) => join(pages, path))),
    onnxruntime: sumTransfers([...ofOnnxruntime, join(measuring, 'models', 'fashion-mnist-student.onnx')]),
    firstPictures,
  };
}

/** Medians of the first pictures of a line. */
export function medians({ cold, warm }: FirstPicture): { cold: number; warm: number } {
  return { cold: median(cold), warm: median(warm) };
}

const describe = ({ name, mbps, roundTrip }: Line) => `${name}: ${mbps} Mbit/s, ${roundTrip} ms`;

/** Opens the page and waits for all of its networks. @returns when its first picture was there, in ms */
async function visit(page: Page, address: string): Promise<number> {
  await page.addInitScript(() => {
    const { document } = globalThis as unknown as { document: EventTarget };
    document.addEventListener('generated', () => Object.assign(globalThis, { pictured: performance.now() }), {
      once: true,
    });
  });
  await page.goto(`${address}index.html`);
  await page.getByText('Or drop a network of your own here.').waitFor({ timeout: TIMEOUT });
  const pictured = await page.evaluate(() => (globalThis as unknown as { pictured: number }).pictured);
  await page.close();
  return pictured;
}

/** Sums the sizes of files by what they are. A file that was requested twice counts twice. */
function sumTransfers(files: readonly string[]): Transfer[] {
  const sums = new Map<string, Transfer>();
  for (const file of files) {
    const what = kindOf(file);
    const sum = sums.get(what) ?? { what, files: 0, sizes: { plain: 0, gzip: 0, brotli: 0 } };
    const sizes = sizesOf(file);
    for (const key of Object.keys(sizes) as (keyof Sizes)[]) sum.sizes[key] += sizes[key];
    sum.files++;
    sums.set(what, sum);
  }
  return [...sums.values()];
}

function kindOf(file: string): string {
  if (file.includes('teacher')) return 'teacher';
  const ending = extname(file);
  const kinds: Record<string, string> = {
    '.html': 'HTML',
    '.css': 'CSS',
    '.js': 'JavaScript',
    '.mjs': 'JavaScript',
    '.wasm': 'WebAssembly',
    '.safetensors': 'student',
    '.onnx': 'student',
  };
  return kinds[ending] ?? ending;
}
