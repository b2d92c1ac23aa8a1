import { existsSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  convertDataset,
  datasetInfo,
  drawContactSheet,
  TRANSFORMS,
  type ConvertOptions,
  type Resolution,
} from '@onestep/datasets';
import { readRegularFile, writeFileAtomically } from '@onestep/checkpoint/node';
import { withInterrupt } from '../interrupt.js';
import { integer } from '../options/parsers.js';
import { withProgress } from '../terminal/progress.js';
import { UserError } from '../user-error.js';

/** `onestep dataset convert | info` */
export function datasetCommand(): Command {
  const dataset = new Command('dataset').description('make and inspect data sets (StyleGAN ZIP format)');
  dataset
    .command('convert')
    .description('turn a source of images into a data set')
    .requiredOption(
      '--source <path>',
      'the images: a folder, .zip, cifar-10-python.tar.gz, *-images-idx3-ubyte.gz (MNIST format, with its labels file in the same folder), ' +
        'a folder *_lmdb (LSUN), .npy or .npz',
    )
    .requiredOption('--dest <path>', 'the .zip file or the empty folder to make')
    .option('--max-images <n>', 'convert only the first n images', integer({ min: 1 }))
    .addOption(new Option('--transform <name>', 'crop the images').choices(TRANSFORMS))
    .option('--resolution <WxH>', 'resize the images, such as 64x64', parseResolution)
    .option(
      '--class-names <names>',
      'names of the classes in label order, such as cat,dog, or a text file with one per line (default: those of the source)',
      parseClassNames,
    )
    .option('--overwrite', 'replace the destination if it is a .zip file that exists')
    .action(async (options: ConvertOptions) => {
      if (options.transform !== undefined && options.resolution === undefined) {
        throw new UserError(`--transform ${options.transform} needs a size: --resolution WxH, such as 64x64.`, 2);
      }
      const result = await withInterrupt((signal) =>
        withProgress('images', (progress) =>
          convertDataset({
            ...options,
            signal,
            onProgress: (done, total) => progress.update(done, total),
            onSkipped: (reason) => progress.note(`left out: ${reason}`),
          }),
        ),
      );
      const { path, numImages, numClasses, classNames, numSkipped, numUnlabeled, channels, resolution } = result;
      const classes = `${numClasses} ${classNames === null ? '' : 'named '}classes`;
      console.log(`${path}: ${numImages} images ${resolution}x${resolution}x${channels}, ${classes}`);
      if (numSkipped > 0) console.log(`${numSkipped} images were left out`);
      if (numUnlabeled > 0) {
        console.log(`${numUnlabeled} images have no label in the source, so the data set has no labels`);
      }
    });
  dataset
    .command('info')
    .description('describe a data set')
    .argument('<path>', 'the data set: a .zip file or a folder')
    .option('--contact-sheet <png>', 'write a picture of images from all over the data set')
    .action(async (path: string, { contactSheet: sheet }: { contactSheet?: string }) => {
      const info = await datasetInfo(path);
      console.log(`name        ${info.name}`);
      console.log(`images      ${info.numImages}`);
      console.log(
        `resolution  ${info.resolution}x${info.resolution}, ${info.channels} channel${info.channels > 1 ? 's' : ''}`,
      );
      console.log(`labels      ${info.labelKind}${info.labelDim > 0 ? `, ${info.labelDim}` : ''}`);
      info.classCounts?.forEach((count, label) => {
        const name = info.classNames === null ? '' : `  ${info.classNames[label]}`;
        console.log(`  class ${String(label).padStart(3)}  ${count}${name}`);
      });
      if (sheet !== undefined) {
        await writeFileAtomically(sheet, await drawContactSheet(path));
        console.log(`contact sheet: ${sheet}`);
      }
    });
  return dataset;
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
  const names = isFile ? readRegularFile(text).toString('utf8').trimEnd().split('\n') : text.split(',');
  return names.map((name) => name.trim());
}
