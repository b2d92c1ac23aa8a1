import { Command, InvalidArgumentError, Option } from 'commander';
import {
  drawContactSheet,
  convertDataset,
  datasetInfo,
  TRANSFORMS,
  type ConvertOptions,
  type Resolution,
} from '@onestep/datasets';
import { writeFileAtomically } from '@onestep/checkpoint/node';
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
      'the images: a folder, .zip, cifar-10-python.tar.gz, an MNIST-format *-images-idx3-ubyte.gz with its labels file beside it, ' +
        'a folder *_lmdb (LSUN), .npy or .npz',
    )
    .requiredOption('--dest <path>', 'the .zip file or the empty folder to make')
    .option('--max-images <n>', 'convert only the first so many', integer({ min: 1 }))
    .addOption(new Option('--transform <name>', 'crop the images').choices(TRANSFORMS))
    .option('--resolution <WxH>', 'resize the images, such as 64x64', resolution)
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
      const { path, numImages, numClasses, numSkipped, numUnlabeled, channels } = result;
      console.log(
        `${path}: ${numImages} images ${result.resolution}x${result.resolution}x${channels}, ${numClasses} classes`,
      );
      if (numSkipped > 0) console.log(`${numSkipped} images were left out`);
      if (numUnlabeled > 0) {
        console.log(`${numUnlabeled} images have no label in the source: the data set has none for any image`);
      }
    });
  dataset
    .command('info')
    .description('what a data set holds')
    .argument('<path>', 'the data set: a .zip file or a folder')
    .option('--contact-sheet <png>', 'write a picture of images spread over the data set')
    .action(async (path: string, { contactSheet: sheet }: { contactSheet?: string }) => {
      const info = await datasetInfo(path);
      console.log(`name        ${info.name}`);
      console.log(`images      ${info.numImages}`);
      console.log(
        `resolution  ${info.resolution}x${info.resolution}, ${info.channels} channel${info.channels > 1 ? 's' : ''}`,
      );
      console.log(`labels      ${info.labelKind}${info.labelDim > 0 ? `, ${info.labelDim}` : ''}`);
      info.classCounts?.forEach((count, label) => console.log(`  class ${String(label).padStart(3)}  ${count}`));
      if (sheet !== undefined) {
        await writeFileAtomically(sheet, await drawContactSheet(path));
        console.log(`contact sheet: ${sheet}`);
      }
    });
  return dataset;
}

/** `64x48` or `64,48`: width and height. */
function resolution(text: string): Resolution {
  const match = /^(\d+)[x,](\d+)$/.exec(text.trim());
  if (match === null) throw new InvalidArgumentError('It has to be width and height in pixels, such as 64x64.');
  return { width: Number(match[1]), height: Number(match[2]) };
}
