import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import {
  convertDataset,
  DRAWN_DATASETS,
  DRAWN_SIDES,
  drawDataset,
  EMOJI_SIDES,
  examineImages,
  makeEmojiDataset,
  measureCaptions,
  ON_ERROR,
  TRANSFORMS,
  type ConvertOptions,
  type ConvertResult,
  type DrawOptions,
  type EmojiOptions,
  type Resolution,
  type SourceChoice,
} from '@onestep/datasets';
import { readRegularFile, writeFileAtomically } from '@onestep/checkpoint/node';
import { withInterrupt } from '../interrupt.js';
import { integer } from '../options/parsers.js';
import { describeAccuracy } from '../reports/caption-accuracy.js';
import { describeExamination } from '../reports/examination-text.js';
import { withProgress } from '../terminal/progress.js';
import { UserError } from '../user-error.js';

/** `onestep dataset convert | draw | info` */
export function datasetCommand(): Command {
  const dataset = new Command('dataset').description('make and inspect data sets (StyleGAN ZIP format)');
  const convert = dataset
    .command('convert')
    .description('turn a source of images into a data set')
    .requiredOption('--source <path>', SOURCES)
    .requiredOption('--dest <path>', 'the .zip file or the empty folder to make')
    .option('--max-images <n>', 'convert only the first n images', integer({ min: 1 }))
    .addOption(new Option('--transform <name>', 'crop the images').choices(TRANSFORMS))
    .option('--resolution <WxH>', 'resize the images, such as 64x64', parseResolution)
    .option(
      '--class-names <names>',
      'names of the classes in label order, such as cat,dog, or a text file with one per line (default: those of the source)',
      parseClassNames,
    )
    .addOption(
      new Option('--on-error <what>', 'images that cannot be read: stop (make nothing, and list them), or skip them')
        .choices(ON_ERROR)
        .default('stop'),
    )
    .option('--overwrite', 'replace the destination if it is a .zip file that exists')
    .action(convertSource);
  addDrawOptions(
    dataset
      .command('draw')
      .description(
        'draw a labeled or captioned data set of color images, the same on every machine, without a download',
      )
      .addArgument(
        new Argument('<name>', DRAWN_DATASETS.map(({ name, about }) => `${name}: ${about}`).join('; ')).choices(
          DRAWN_NAMES,
        ),
      ),
  ).action(draw);
  addDrawOptions(
    dataset.command('shapes').description('draw pictures of things with captions; the same as draw shapes'),
  ).action((options: DrawFlags) => draw('shapes', options));
  const info = dataset
    .command('info')
    .description('describe a data set, or a source of images: sizes, classes, copies, and what is odd')
    .argument('<path>', 'the data set (a .zip file or a folder), or anything that convert takes')
    .option('--contact-sheet <png>', 'write a picture of images from all over it')
    .option('--json', 'print all of it as JSON')
    .action(describeSource);
  dataset
    .command('emoji')
    .description(
      'cut the emoji of Google into a data set, with their names as captions and their categories as classes',
    )
    .option(
      '--source <path>',
      'the npm package emoji-datasource-google: its folder, or the .tgz file of npm pack',
      'node_modules/emoji-datasource-google',
    )
    .requiredOption('--dest <path>', 'the .zip file or the empty folder to make')
    .addOption(
      new Option('--resolution <side>', 'side of the images in pixels').choices(EMOJI_SIDES.map(String)).default('32'),
    )
    .option('--ground <color>', 'color behind them: red,green,blue from 0 to 255', parseColor, [255, 255, 255])
    .option('--overwrite', 'replace the destination if it is a .zip file that exists')
    .action(cutEmoji);
  dataset
    .command('match')
    .description(
      'measure how well pictures show what their captions say, of shapes: a data set, or a folder of generated images',
    )
    .argument(
      '<path>',
      'pictures of 32x32 with captions: metadata.jsonl, as edm generate --prompts writes it, or a data set',
    )
    .option('--json', 'print the counts as JSON')
    .action(matchCaptions);
  for (const command of [convert, info]) {
    command
      .option('--split <name>', 'part of the source: train, validation, test or all (default: train if it is divided)')
      .option(
        '--labels <name>',
        'which labels to take: fine or coarse for CIFAR-100, a column of a table, none (default: the usual ones)',
      );
  }
  return dataset;
}

function addDrawOptions(command: Command): Command {
  return command
    .requiredOption('--dest <path>', 'the .zip file or the empty folder to make')
    .option('--num <n>', 'number of images', integer({ min: 1 }), 60_000)
    .option('--resolution <side>', 'side of the images in pixels, a power of two', parseSide, 32)
    .option(
      '--seed <n>',
      'another seed gives other images of the same kind, such as test images',
      integer({ min: 0 }),
      0,
    )
    .addOption(
      new Option('--split <name>', `part: ${DRAWN_SPLITS} (default: train)`).choices([
        ...new Set(DRAWN_DATASETS.flatMap(({ splits }) => splits)),
      ]),
    )
    .option('--overwrite', 'replace the destination if it is a .zip file that exists');
}

const DRAWN_SPLITS = DRAWN_DATASETS.map(({ name, splits }) => `${splits.join(' or ')} of ${name}`).join('; ');
const DRAWN_NAMES = DRAWN_DATASETS.map(({ name }) => name);

const SOURCES =
  'the images, recognized by content: a folder, .zip or .tar(.gz) of PNG, JPEG, WebP, AVIF, GIF or TIFF files (in folders by class, or with ' +
  'dataset.json, metadata.jsonl or metadata.csv), CIFAR-10 or CIFAR-100, MNIST-like IDX files, Parquet files (Hugging Face), ' +
  'WebDataset shards (shard-{000..010}.tar), a folder *_lmdb (LSUN), .npy or .npz';

async function convertSource(options: ConvertOptions): Promise<void> {
  if (options.transform !== undefined && options.resolution === undefined) {
    throw new UserError(`--transform ${options.transform} needs a size: --resolution WxH, such as 64x64.`, 2);
  }
  const skipped: string[] = [];
  const result = await withInterrupt((signal) =>
    withProgress('images', (progress) =>
      convertDataset({
        ...options,
        signal,
        onProgress: (done, total) => progress.update(done, total),
        onSkipped: (reason) => skipped.push(reason),
      }),
    ),
  );
  const { numUnlabeled, firstUnlabeled } = result;
  console.log(describeMade(result));
  for (const note of result.notes) console.log(adviseOnSplit(note));
  if (numUnlabeled > 0) {
    const [count, have] = numUnlabeled === 1 ? ['1 image', 'has'] : [`${numUnlabeled} images`, 'have'];
    console.log(
      `${count} ${have} no label in the source, so the data set has no labels; the first is ${firstUnlabeled}`,
    );
  }
  if (skipped.length > 0) {
    console.log(skipped.length === 1 ? '1 image was left out:' : `${skipped.length} images were left out:`);
    for (const reason of skipped.slice(0, MAX_LISTED)) console.log(`  ${reason}`);
    if (skipped.length > MAX_LISTED) console.log(`  and ${skipped.length - MAX_LISTED} more`);
  }
}

/** Adds what to do to a line about the part of a source that is taken: other commands than these have no --split. */
function adviseOnSplit(note: string): string {
  return note.startsWith('split ') ? `${note}. Choose with --split, or --split all` : note;
}

function describeMade({ path, numImages, resolution, channels, ...made }: ConvertResult): string {
  const { numClasses, classNames, numCaptions } = made;
  const classes = `${numClasses} ${classNames === null ? '' : 'named '}classes`;
  const captions = numCaptions === 0 ? '' : `, ${numCaptions} captions`;
  return `${path}: ${numImages} images ${resolution}x${resolution}x${channels}, ${classes}${captions}`;
}

/** Options of `draw`, by their names on the command line. */
interface DrawFlags extends Pick<DrawOptions, 'dest' | 'resolution' | 'seed' | 'split' | 'overwrite'> {
  num: number;
}

async function draw(name: string, { num, ...options }: DrawFlags): Promise<void> {
  const made = await withInterrupt((signal) =>
    withProgress('images', (progress) =>
      drawDataset({
        ...options,
        name,
        numImages: num,
        signal,
        onProgress: (done, total) => progress.update(done, total),
      }),
    ),
  );
  console.log(describeMade(made));
}

interface EmojiFlags extends Pick<EmojiOptions, 'source' | 'dest' | 'ground' | 'overwrite'> {
  resolution: string;
}

async function cutEmoji({ resolution, ...options }: EmojiFlags): Promise<void> {
  const side = EMOJI_SIDES.find((one) => String(one) === resolution)!;
  const made = await withInterrupt((signal) =>
    withProgress('images', (progress) =>
      makeEmojiDataset({
        ...options,
        resolution: side,
        signal,
        onProgress: (done, total) => progress.update(done, total),
      }),
    ),
  );
  console.log(describeMade(made));
  for (const note of made.notes) console.log(note);
}

async function matchCaptions(path: string, { json }: { json?: true }): Promise<void> {
  const found = await withInterrupt((signal) =>
    withProgress('images', (progress) =>
      measureCaptions(path, { signal, onProgress: (done, total) => progress.update(done, total) }),
    ),
  );
  if (json) console.log(JSON.stringify({ path, ...found }, null, 2));
  else for (const line of describeAccuracy(path, found)) console.log(line);
}

/** Lines of a list of images; the rest is counted. */
const MAX_LISTED = 200;

interface InfoOptions extends SourceChoice {
  contactSheet?: string;
  json?: true;
}

async function describeSource(path: string, { contactSheet: sheet, json, ...choice }: InfoOptions): Promise<void> {
  if (sheet !== undefined) await checkWritable(sheet);
  const found = await withInterrupt((signal) =>
    withProgress('images', (progress) =>
      examineImages(path, {
        ...choice,
        signal,
        contactSheet: sheet === undefined ? undefined : { columns: 16, rows: 8 },
        onProgress: (done, total) => progress.update(done, total),
      }),
    ),
  );
  const { contactSheet: picture, ...facts } = found;
  if (sheet !== undefined && picture !== null) await writeFileAtomically(sheet, picture);
  if (json) console.log(JSON.stringify({ ...facts, contactSheet: picture === null ? null : sheet }, null, 2));
  else {
    for (const line of describeExamination({ ...found, notes: found.notes.map(adviseOnSplit) })) console.log(line);
    if (sheet !== undefined)
      console.log(picture === null ? 'contact sheet: there are no images' : `contact sheet: ${sheet}`);
  }
}

/** @throws UserError if the folder of a file does not exist */
async function checkWritable(path: string): Promise<void> {
  const folder = dirname(path);
  const isFolder = await stat(folder).then(
    (status) => status.isDirectory(),
    () => false,
  );
  if (!isFolder)
    throw new UserError(`The folder of --contact-sheet ${path} does not exist; make ${folder}, or choose another.`);
}

/** Parses the side of drawn images. */
function parseSide(text: string): number {
  const side = Number(text);
  if (!DRAWN_SIDES.includes(side)) throw new InvalidArgumentError(`It has to be one of ${DRAWN_SIDES.join(', ')}.`);
  return side;
}

/** Parses `255,255,255`. */
function parseColor(text: string): [number, number, number] {
  const channels = text.split(',').map((part) => (/^\s*\d{1,3}\s*$/.test(part) ? Number(part) : NaN));
  if (channels.length === 3 && channels.every((value) => value <= 255)) return channels as [number, number, number];
  throw new InvalidArgumentError('It has to be red, green and blue from 0 to 255, such as 255,255,255.');
}

/** Parses `64x48` or `64,48`: width and height. */
function parseResolution(text: string): Resolution {
  const match = /^(\d+)[x,](\d+)$/.exec(text.trim());
  if (match === null) throw new InvalidArgumentError('It has to be width and height in pixels, such as 64x64.');
  return { width: Number(match[1]), height: Number(match[2]) };
}

/** Parses `cat,dog`, or the name of a text file with one name per line. */
function parseClassNames(text: string): string[] {
  const isFile = existsSync(text);
  if (!isFile && !text.includes(',')) {
    throw new InvalidArgumentError(
      'It has to be names with commas between them, such as cat,dog, or a file that exists.',
    );
  }
  const names = isFile
    ? readRegularFile(text)
        .toString('utf8')
        .replace(/^\uFEFF/, '')
        .trimEnd()
        .split('\n')
    : text.split(',');
  return names.map((name) => name.trim());
}
