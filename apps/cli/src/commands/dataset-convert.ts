import { existsSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { convertDataset, ON_ERROR, TRANSFORMS, type ConvertOptions, type Resolution } from '@onestep/datasets';
import { readRegularFile } from '@onestep/checkpoint/node';
import { withInterrupt } from '../interrupt.js';
import { integer } from '../options/parsers.js';
import { addSourceOptions, adviseOnSplit } from '../options/source-options.js';
import { describeMade } from '../reports/made-dataset.js';
import { withProgress } from '../terminal/progress.js';
import { UserError } from '../user-error.js';

const SOURCES =
  'the images, recognized by content: a folder, .zip or .tar(.gz) of PNG, JPEG, WebP, AVIF, GIF or TIFF files (in folders by class, or with ' +
  'dataset.json, metadata.jsonl or metadata.csv), CIFAR-10 or CIFAR-100, MNIST-like IDX files, Parquet files (Hugging Face), ' +
  'WebDataset shards (shard-{000..010}.tar), a folder *_lmdb (LSUN), .npy or .npz';

/** `onestep dataset convert` */
export function datasetConvertCommand(): Command {
  const command = new Command('convert')
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
    .option('--json', 'print JSON')
    .action(convertSource);
  return addSourceOptions(command);
}

async function convertSource({ json, ...options }: ConvertOptions & { json?: boolean }): Promise<void> {
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
  if (json) return console.log(JSON.stringify({ ...result, skipped }, null, 2));
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

/** Lines of a list of images; the rest is counted. */
const MAX_LISTED = 200;

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
