import { mkdir, mkdtemp, readdir, readFile, rm, watch, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodePng, openDataset } from '@onestep/datasets';
import { startCli } from './support/cli.js';
import { runInside } from './support/run-here.js';
import { writeIdxFiles } from './support/tiny-files.js';

let folder: string;
let zip: string;
const inFolder = (name: string) => join(folder, name);
const convert = (source: string, ...more: string[]) => ['dataset', 'convert', `--source=${source}`, ...more];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-dataset-'));
  zip = inFolder('digits.zip');
});
afterAll(() => rm(folder, { recursive: true }));

describe('onestep dataset', () => {
  it('makes a data set of idx files, describes it, and draws its images', async () => {
    const idx = await writeIdxFiles(folder, 32);
    const made = await runInside(convert(idx, `--dest=${zip}`));
    expect(made).toMatchObject({ code: 0, stdout: `${zip}: 32 images 32x32x1, 10 classes\n` });

    const sheet = inFolder('sheet.png');
    const info = await runInside(['dataset', 'info', zip, '--contact-sheet', sheet]);
    expect(info.code).toBe(0);
    expect(info.stdout.trimEnd().split('\n')).toEqual([
      'name        digits',
      'images      32',
      'resolution  32x32, 1 channel',
      'labels      classes, 10',
      ...Array.from({ length: 10 }, (_, label) => `  class   ${label}  ${label < 2 ? 4 : 3}`),
      `contact sheet: ${sheet}`,
    ]);
    // Sixteen images a row, two rows.
    const png = await readFile(sheet);
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([16 * 32, 2 * 32]);
  });

  it('draws a data set in color, or names a bad option', async () => {
    const dest = inFolder('toys.zip');
    const draw = ['dataset', 'draw', 'toys', `--dest=${dest}`, '--num=11'];
    const made = await runInside([...draw, '--resolution=8']);
    const refused = await runInside([...draw, '--resolution=33', '--overwrite']);
    expect(made).toMatchObject({ code: 0, stdout: `${dest}: 11 images 8x8x3, 10 named classes\n` });
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(/--resolution.*33.*one of 8, 16, 32/);
  });

  it('names the classes: of folders, of a list, of a file', async () => {
    const idx = await writeIdxFiles(folder, 32);
    const dest = inFolder('named.zip');
    const names = [
      'T-shirt',
      'Trouser',
      'Pullover',
      'Dress',
      'Coat',
      'Sandal',
      'Shirt',
      'Sneaker',
      'Bag',
      'Ankle boot',
    ];
    const file = inFolder('names.txt');
    await writeFile(file, `${names.join('\r\n')}\r\n`);
    for (const value of [names.join(','), file]) {
      const made = await runInside(convert(idx, `--dest=${dest}`, '--overwrite', `--class-names=${value}`));
      expect(made).toMatchObject({ code: 0, stdout: `${dest}: 32 images 32x32x1, 10 named classes\n` });
      const info = await runInside(['dataset', 'info', dest]);
      expect(info.stdout).toContain(`  class   0  4  T-shirt\n`);
      expect(info.stdout).toContain(`  class   9  3  Ankle boot\n`);
    }
    const answers = [
      await runInside(convert(idx, `--dest=${inFolder('never.zip')}`, '--class-names=T-shirt,Trouser')),
      await runInside(convert(idx, `--dest=${inFolder('never.zip')}`, '--class-names=missing.txt')),
    ];
    expect(answers.map(({ code }) => code)).toEqual([1, 2]);
    expect(answers[0]!.stderr).toMatch(
      /10 classes \(labels 0 to 9\) and the number of class names is 2.*one name per class/,
    );
    expect(answers[1]!.stderr).toMatch(/--class-names.*missing\.txt.*a file that exists/);
    expect(await readdir(folder)).not.toContain('never.zip');
  });

  it('interrupted, it leaves what was there; the same command again does the work', async () => {
    const many = inFolder('many');
    await mkdir(many);
    const idx = await writeIdxFiles(many, 15_000);
    const before = await readFile(zip);
    const names = await readdir(folder);
    const command = convert(idx, `--dest=${zip}`, '--max-images=14999');
    expect(await runInside(command)).toMatchObject({ code: 1, stderr: expect.stringMatching(/digits\.zip exists/) });

    const begun = fileAppears(folder);
    const { child, finished } = startCli([...command, '--overwrite']);
    await begun;
    child.kill('SIGINT');
    expect(await finished).toMatchObject({ code: 130, stdout: '' });
    expect(await readdir(folder)).toEqual(names);
    expect(await readFile(zip)).toEqual(before);

    expect(await runInside([...command, '--overwrite'])).toMatchObject({ code: 0 });
    expect(await readdir(folder)).toEqual(names);
    const dataset = await openDataset(zip, { useLabels: true });
    expect(dataset).toMatchObject({ length: 14_999, resolution: 32, labelDim: 10 });
    dataset.close();
  });

  it('crops and resizes a folder of images, with the labels of its dataset.json, into a folder', async () => {
    const source = inFolder('photos');
    const gray = (width: number, height: number, value: number) =>
      encodePng(new Uint8Array(width * height).fill(value), { width, height, channels: 1 });
    const labels = [
      ['cats/a.png', 3],
      ['cats/b.png', 0],
      ['dogs/a.png', 1],
    ];
    for (const [name, contents] of [
      ['cats/a.png', gray(20, 12, 10)],
      ['cats/b.png', gray(9, 30, 20)],
      ['dogs/a.png', gray(8, 8, 30)],
      ['dataset.json', JSON.stringify({ labels })],
    ] as const) {
      await mkdir(dirname(join(source, name)), { recursive: true });
      await writeFile(join(source, name), contents);
    }
    const dest = inFolder('photos-8x8');
    const crop = ['--transform=center-crop', '--resolution=8x8'];
    const made = await runInside(convert(source, `--dest=${dest}`, ...crop));
    expect(made).toMatchObject({ code: 0, stdout: `${dest}: 3 images 8x8x3, 4 classes\n`, stderr: '' });
    const dataset = await openDataset(dest, { useLabels: true });
    expect([0, 1, 2].map((i) => [dataset.imageAt(i)[0], dataset.classAt(i)])).toEqual([
      [10, 3],
      [20, 0],
      [30, 1],
    ]);
  });

  it('lists all images that cannot be read, or leaves them out; info says what is odd', async () => {
    const source = inFolder('pets');
    const rgb = (value: number) => encodePng(new Uint8Array(192).fill(value), { width: 8, height: 8, channels: 3 });
    const files = {
      'cat/a.png': rgb(9),
      'cat/b.png': rgb(9),
      'dog/c.png': 'x',
      'dog/d.png': '<html>',
      'dog/e.png': rgb(0),
      '.x/f.png': '',
    };
    for (const [name, contents] of Object.entries(files)) {
      await mkdir(dirname(join(source, name)), { recursive: true });
      await writeFile(join(source, name), contents);
    }
    const dest = inFolder('pets.zip');
    const stopped = await runInside(convert(source, `--dest=${inFolder('never.zip')}`));
    const skipped = await runInside(convert(source, `--dest=${dest}`, '--on-error=skip'));
    const info = await runInside(['dataset', 'info', source, '--json']);
    expect([stopped.code, stopped.stdout]).toEqual([1, '']);
    expect(stopped.stderr).toMatch(/2 images cannot be used:\n.*c\.png: .*\n.*d\.png: .*a web page[^]*--on-error skip/);
    expect(skipped.code).toBe(0);
    expect(skipped.stdout.split('\n')).toEqual([
      `${dest}: 3 images 8x8x3, 2 named classes`,
      expect.stringMatching(/^1 file of systems and tools is left out .*\.x\/f\.png/),
      '2 images were left out:',
      expect.stringMatching(/^ {2}.*c\.png: not a PNG/),
      expect.stringMatching(/^ {2}.*d\.png: not a PNG/),
      '',
    ]);
    expect(JSON.parse(info.stdout)).toMatchObject({
      numImages: 3,
      classNames: ['cat', 'dog'],
      classCounts: [2, 1],
      duplicates: { count: 1, differentLabels: 0 },
      odd: { black: { count: 1 }, 'nearly constant': { count: 2 } },
    });
  });

  it('names a bad option, before anything is made', async () => {
    const never = ['--dest', inFolder('never.zip')];
    const answers = [
      await runInside(convert('photos', ...never, '--resolution=64')),
      await runInside(convert('photos', ...never, '--transform=center-crop')),
      await runInside(convert('photos', ...never, '--max-images=0')),
    ];
    expect(answers.map(({ code }) => code)).toEqual([2, 2, 2]);
    expect(answers[0]!.stderr).toMatch(/--resolution.*64.*such as 64x64/);
    expect(answers[1]!.stderr).toMatch(/--transform center-crop needs a size: --resolution/);
    expect(answers[2]!.stderr).toMatch(/--max-images.*0/);
    expect(await readdir(folder)).not.toContain('never.zip');
  });
});

/** Resolves when there is something new in a folder. */
async function fileAppears(path: string): Promise<void> {
  const changes = watch(path)[Symbol.asyncIterator]();
  await changes.next();
  await changes.return?.();
}
