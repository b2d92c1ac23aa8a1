import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, readFileSync, watch } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodePngSamples } from '@onestep/datasets';
import { FileLock, readTrainingOptions, RunDirectory } from '@onestep/diffusion-core/node';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEvents } from '../../../test-support/read-events.js';
import { findRun } from '../src/runs/find-runs.js';
import { EventLog } from '../src/training/event-log.js';
import { brailleChart } from '../src/watch/braille-chart.js';
import { followRun } from '../src/watch/follow-run.js';
import { viewRun } from '../src/watch/run-view.js';
import { sixelPicture } from '../src/watch/sixel-picture.js';
import { halfBlocks, kittyPicture, pictureProtocol } from '../src/watch/terminal-picture.js';
import { runCli } from './support/cli.js';
import { runHere, runInside } from './support/run-here.js';
import { trainTinyNetwork } from './support/tiny-networks.js';
import { writeIdxFiles } from './support/tiny-files.js';

let folder: string;
let run: string;
const inFolder = (name: string) => join(folder, name);

/** A run of one step, resumed for two more, with event files. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-follow-'));
  const zip = inFolder('data.zip');
  await runHere(['dataset', 'convert', '--source', await writeIdxFiles(folder, 8), '--dest', zip]);
  run = inFolder('runs/00000-a-run-with-a-name-that-is-much-too-long-for-a-table-of-80-columns');
  await trainTinyNetwork(run, zip, '--tensorboard');
  await runHere(['edm', 'train', '--resume', run, '--duration=0.000012']);
  await mkdir(inFolder('runs/00001-stopped'));
  const options = { command: 'distill sid', command_line: { duration: 0.002, lr: 1e-5 } };
  await writeFile(inFolder('runs/00001-stopped/training_options.json'), JSON.stringify(options));
  await writeFile(inFolder('runs/00001-stopped/stats.jsonl'), [1, 2, 3].map(tick).join(''));
  await writeFile(inFolder('runs/00001-stopped/log.txt'), 'Training\ntick 1\nStopped at 1 kimg.\n');
});
afterAll(() => rm(folder, { recursive: true }));

const value = (mean: number | null) => ({ num: 1, mean, std: 0 });
const tick = (kimg: number) =>
  `${JSON.stringify({ 'Progress/kimg': value(kimg / 10), 'Loss/loss': value(1 / kimg), 'Metrics/fid2k_full': value(9 - kimg), Score_gap: value(null), timestamp: 1 })}\n`;

describe('--tensorboard', () => {
  it('logs every tick once, also of a run that goes on, with its pictures', async () => {
    const names = (await readdir(run)).filter((name) => name.includes('tfevents')).sort();
    const [first, second] = await Promise.all(names.map(async (name) => readEvents(await readFile(join(run, name)))));
    const ticks = (events: typeof first) =>
      events!.flatMap(({ step, scalars }) => ('Loss/loss' in scalars ? [step] : []));
    expect([ticks(first), ticks(second)]).toEqual([[4], [8, 12]]);
    expect(second!.find(({ sessionStatus }) => sessionStatus === 1)).toMatchObject({ step: 5 });
    const stats = (await readFile(join(run, 'stats.jsonl'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as Record<string, { mean: number }>); // prettier-ignore
    expect(second!.at(-2)!.scalars['Loss/loss']).toBeCloseTo(stats[2]!['Loss/loss']!.mean, 6);
    const pictures = [...first!, ...second!].flatMap(({ step, pictures: all }) =>
      Object.keys(all).map((name) => [step, name]),
    );
    expect(pictures).toEqual([[0, 'real images'], [4, 'samples'], [8, 'samples'], [12, 'samples']]); // prettier-ignore
  });

  it('may be added later: what was recorded comes first', async () => {
    for (const name of await readdir(run)) if (name.includes('tfevents')) await rm(join(run, name));
    const directory = await RunDirectory.open({ path: run, options: (await readTrainingOptions(run))! });
    await (await EventLog.begin(directory, 12)).close();
    directory.close();
    const [name] = (await readdir(run)).filter((each) => each.includes('tfevents'));
    const steps = readEvents(await readFile(join(run, name!))).flatMap(({ step, scalars }) => 'Loss/loss' in scalars ? [step] : []); // prettier-ignore
    expect(steps).toEqual([4, 8, 12]);
  });
});

describe('onestep runs', () => {
  it('lists runs in 80 columns', async () => {
    const { stdout } = await runHere(['runs', inFolder('runs')]);
    const lines = stdout.trimEnd().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(lines[0]).toMatch(/^run +what +kimg +FID +state +size$/);
    expect(lines[1]).toMatch(/^00000-a-run-.*…\S+ +edm train +0\.012 of 0\.012 +- +done +\d/);
    expect(lines[2]).toMatch(/^00001-stopped +distill sid +0\.3 of 2 +6\.00 +stopped +[\d.]+ (bytes|kB)$/);
  });

  it('of a damaged run says so, and shows the others; so does a report', async () => {
    const runs = inFolder('some-damaged');
    for (const name of ['00000-well', '00001-nul', '00002-half\nimplanted']) {
      cpSync(inFolder('runs/00001-stopped'), join(runs, name), { recursive: true });
    }
    await writeFile(join(runs, '00001-nul/stats.jsonl'), `${tick(1)}\0\0\0\n${tick(2)}`);
    await writeFile(join(runs, '00002-half\nimplanted/training_options.json'), '{"command":');
    const { stdout, stderr } = await runHere(['runs', runs]);
    expect(stdout.trimEnd().split('\n').slice(1).map((line) => line.trim().split(/  +/).with(-1, ''))).toEqual([
      ['00000-well', 'distill sid', '0.3 of 2', '6.00', 'stopped', ''],
      ['00001-nul', '?', '-', '-', 'damaged', ''],
      ['00002-half\u{fffd}implanted', '?', '-', '-', 'damaged', ''],
    ]); // prettier-ignore
    expect(stderr).toMatch(/00001-nul.stats\.jsonl is damaged: its line 2 /);
    expect(stderr).toMatch(/training_options\.json is damaged/);
    const out = inFolder('some-damaged.html');
    const report = await runHere(['report', runs, '--out', out]);
    expect(report).toEqual({ stdout: `${out}: 3 runs\n`, stderr });
    expect(await readFile(out, 'utf8')).toMatch(/stats\.jsonl is damaged[^]*<h2>Loss\/loss<\/h2>/);
  });

  it('prints JSON, knows which runs are running or dead, and says what is no folder', async () => {
    const stopped = inFolder('runs/00001-stopped');
    const states = async () => {
      const { stdout } = await runHere(['runs', inFolder('runs'), '--json']);
      return stdout.trim().split('\n').map((line) => (JSON.parse(line) as { state: string }).state); // prettier-ignore
    };
    expect(await states()).toEqual(['done', 'stopped']);
    const lock = (await FileLock.tryAcquire(join(stopped, 'run.lock'))) as FileLock;
    expect(await states()).toEqual(['done', 'running']);
    lock.release();
    await writeFile(join(stopped, 'log.txt'), 'The networks return NaN only since 1 kimg.\n');
    expect(await states()).toEqual(['done', 'dead']);
    const none = await runInside(['runs', inFolder('none')]);
    expect(none).toMatchObject({ code: 1, stderr: expect.stringMatching(/There is no folder .*none/) as string });
  });
});

describe('onestep watch', () => {
  it('shows a run once, without escape codes in a pipe', async () => {
    await utimes(inFolder('runs/00001-stopped/training_options.json'), 2e9, 2e9);
    expect(await findRun(inFolder('runs/latest'))).toBe(inFolder('runs/00001-stopped'));
    const { stdout } = await runHere(['watch', inFolder('runs/latest'), '--once']);
    expect(stdout).not.toContain('\x1b');
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^distill sid: .*00001-stopped$/);
    expect(lines[1]).toMatch(/0\.300 of 2\.00 kimg {2}fid2k_full 6\.00/);
    // Metrics come first, and statistics without a number are left out.
    expect(lines.filter((line) => /^[\w/]+ [\d.]+ {2}\(/.test(line))).toEqual([
      'Metrics/fid2k_full 6.00  (6.00 to 8.00)',
      'Loss/loss 0.333  (0.333 to 1.00)',
    ]);
    const refused = await runInside(['watch', folder, '--once']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/is not the folder of a run/) as string });
  });

  it('has the newest pictures where there is room', async () => {
    const lines = await viewRun(run, { columns: 60, lines: 40, pictures: 'blocks' });
    expect(lines.some((line) => line.includes('▀'))).toBe(true);
    const kitty = await viewRun(run, { columns: 60, lines: 40, pictures: 'kitty' });
    const [text] = kitty.filter((line) => line.startsWith('\x1b_G'));
    const data = [...text!.matchAll(/;([A-Za-z0-9+/=]*)\x1b\\/g)].map(([, chunk]) => chunk).join(''); // eslint-disable-line no-control-regex
    expect(decodePngSamples(Buffer.from(data, 'base64'), 'kitty').width).toBeGreaterThan(28);
    const sixel = await viewRun(run, { columns: 60, lines: 40, pictures: 'sixel' });
    expect(sixel.at(-1)).toMatch(/^\x1bP/); // eslint-disable-line no-control-regex
    for (const view of [lines, kitty, sixel]) expect(view.length).toBeLessThanOrEqual(40);
  });

  it('follows the files of the run, and ends with its signal', async () => {
    const stopped = inFolder('runs/00001-stopped');
    const controller = new AbortController();
    let views = 0;
    const show = async () => {
      const seen = (await viewRun(stopped, { columns: 80, lines: 20, pictures: 'none' }))[1]!;
      views++;
      if (views === 1) await appendFile(join(stopped, 'stats.jsonl'), tick(4));
      if (seen.startsWith('dead  0.400')) controller.abort();
    };
    await followRun(stopped, show, controller.signal);
    expect(views).toBeGreaterThan(1);
  });

  it.skipIf(spawnSync('script', ['--version']).status !== 0)('ends with q, and gives the terminal back', async () => {
    const terminal = `export TERM=xterm; printf q | script --quiet --return --command "$(printf '%q ' "$0" "$@")" /dev/null; exit $?`;
    const { code, stdout } = await runCli(['watch', inFolder('runs/00001-stopped')], terminal);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\x1b\[\?1049h[^]*Metrics\/fid2k_full[^]*\x1b\[\?1049l/); // eslint-disable-line no-control-regex
  });

  it('draws curves of braille from the left to the right, higher values higher', () => {
    const line = Array.from({ length: 8 }, (_, x) => ({ x, y: x }));
    expect(brailleChart(line, 4, 2)).toEqual(['⠀⠀⡠⠊', '⡠⠊⠀⠀']);
    expect(brailleChart([{ x: 0, y: NaN }], 3, 1)).toEqual(['⠀⠀⠀']);
    fc.assert(
      fc.property(fc.array(fc.record({ x: fc.double(), y: fc.double() })), fc.integer({ min: 1, max: 20 }), (points, size) => {
        const drawn = brailleChart(points.map(({ x, y }) => ({ x: Math.fround(x) % 1e9, y: Math.fround(y) % 1e9 })), size, 3);
        expect(drawn.map((row) => row.length)).toEqual([size, size, size]);
      }),
    ); // prettier-ignore
  });

  it('draws two pixels in a character, and asks the terminal for what it can', () => {
    const data = Uint8Array.from([255, 0, 0, 0, 0, 255, 0, 255, 0, 9, 9, 9]);
    const [line, ...others] = halfBlocks({ width: 2, height: 2, channels: 3, data }, 10, 10, true);
    expect(others).toEqual([]);
    expect(line).toBe('\x1b[38;2;255;0;0m\x1b[48;2;0;255;0m▀\x1b[38;2;0;0;255m\x1b[48;2;9;9;9m▀\x1b[0m');
    const gray = { width: 2, height: 2, channels: 1, data: Uint8Array.of(0, 10, 20, 30) };
    expect(halfBlocks(gray, 1, 1, true)).toEqual(['\x1b[38;2;15;15;15m\x1b[49m▀\x1b[0m']);
    // 16 + 36 * 5 is the cube's red, 233 the second of the grays: 18.
    const [few] = halfBlocks({ width: 2, height: 2, channels: 3, data }, 10, 10, false);
    expect(few).toBe('\x1b[38;5;196m\x1b[48;5;46m▀\x1b[38;5;21m\x1b[48;5;232m▀\x1b[0m');
    expect(halfBlocks(gray, 1, 1, false)).toEqual(['\x1b[38;5;233m\x1b[49m▀\x1b[0m']);
    expect(kittyPicture(new Uint8Array(6000), 10, 5).split('\x1b\\')).toHaveLength(3);
    expect(pictureProtocol(24, { TERM: 'xterm-kitty' })).toBe('kitty');
    expect(pictureProtocol(24, { TERM: 'xterm-kitty', TMUX: '1' })).toBe('blocks');
    expect(pictureProtocol(8, { TERM: 'foot' })).toBe('sixel');
    expect(pictureProtocol(8, { TERM: 'xterm-256color' })).toBe('blocks-256');
    expect(pictureProtocol(1, { TERM: 'xterm-256color' })).toBe('none');
  });
});

/** Decodes sixels. @returns the percentages of red, green and blue at (x, y) */
function readSixels(text: string): (x: number, y: number) => number[] {
  const colors = new Map<string, number[]>();
  const at = new Map<string, string>();
  let [x, top, color] = [0, 0, ''];
  const body = /^\x1bP0;1q"[\d;]+(.*)\x1b\\$/.exec(text)![1]!; // eslint-disable-line no-control-regex
  for (const [, define, values, use, count = '1', sixel, control] of body.matchAll(/#(\d+);2;([\d;]+)|#(\d+)|(?:!(\d+))?([?-~])|([$-])/g)) {
    if (define !== undefined) colors.set(define, values!.split(';').map(Number));
    else if (use !== undefined) color = use;
    else if (control !== undefined) [x, top] = [0, top + (control === '-' ? 6 : 0)];
    else {
      for (let i = 0; i < Number(count); i++, x++) {
        for (let bit = 0; bit < 6; bit++) if (((sixel!.charCodeAt(0) - 63) >> bit) & 1) at.set(`${x},${top + bit}`, color);
      }
    }
  }
  return (column, row) => colors.get(at.get(`${column},${row}`)!)!;
} // prettier-ignore

it('draws sixels in 216 colors, of every pixel', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 14 }), fc.constantFrom(1, 3), fc.infiniteStream(fc.nat(255)), (width, height, channels, stream) => {
      const data = Uint8Array.from([...stream.take(width * height * channels)]);
      const colorAt = readSixels(sixelPicture({ width, height, channels, data }, 2 * width, 2 * height));
      for (let y = 0; y < 2 * height; y++) {
        for (let x = 0; x < 2 * width; x++) {
          const pixel = (Math.floor(y / 2) * width + Math.floor(x / 2)) * channels;
          const expected = [0, 1, 2].map((c) => 20 * Math.round((data[pixel + (channels === 1 ? 0 : c)]! / 255) * 5));
          expect(colorAt(x, y)).toEqual(expected);
        }
      }
    }),
    { numRuns: 30 },
  ); // prettier-ignore
});

describe('onestep report', () => {
  it('shows several runs in one page', async () => {
    const out = inFolder('report.html');
    const { stdout } = await runHere(['report', inFolder('runs'), inFolder('runs/latest'), '--out', out]);
    expect(stdout).toBe(`${out}: 2 runs\n`);
    const page = await readFile(out, 'utf8');
    for (const part of ['Options that differ', '00001-stopped', 'Metrics/fid2k_full', 'Loss/loss', 'Newest samples'])
      expect(page).toContain(part);
    expect(page).not.toMatch(/NaN|undefined/);
  });

  it('--watch rewrites it while a run goes on, and leaves a page that stays', async () => {
    const growing = inFolder('growing/00000-growing');
    const out = inFolder('growing.html');
    await mkdir(growing, { recursive: true });
    await writeFile(join(growing, 'training_options.json'), JSON.stringify({ command: 'distill sid', kimg: 2 }));
    await writeFile(join(growing, 'stats.jsonl'), tick(1) + tick(2));
    const lock = (await FileLock.tryAcquire(join(growing, 'run.lock'))) as FileLock;
    // What a page shows, and what happens then: a tick, another run, the end.
    const steps: [string, () => void][] = [
      ['0.200', () => appendFileSync(join(growing, 'stats.jsonl'), tick(3))],
      ['0.300', () => cpSync(inFolder('runs/00001-stopped'), inFolder('growing/00001-stopped'), { recursive: true })],
      ['00001-stopped', () => lock.release()],
    ];
    const scripts: boolean[] = [];
    const follower = watch(folder, (_, name) => {
      if (name !== 'growing.html') return;
      const page = readFileSync(out, 'utf8');
      scripts.push(page.includes('location.reload()'));
      if (steps.length > 0 && page.includes(steps[0]![0])) steps.shift()![1]();
    });
    const { stdout, stderr } = await runHere(['report', inFolder('growing'), '--watch', '--out', out]);
    follower.close();
    expect(stdout).toBe(`${out}: 1 run\n`);
    expect(stderr).toMatch(/reloads itself while a run is running/);
    const last = await readFile(out, 'utf8');
    expect([steps, scripts[0]]).toEqual([[], true]);
    expect(last).toContain('00001-stopped');
    expect(last).not.toContain('<script>');
    const after = await runHere(['report', inFolder('growing'), '--watch', '--out', out]);
    expect(after.stderr).toBe('No run is running: the page stays as it is.\n');
  });
});
