import { Command } from 'commander';
import { convertDataset, datasetInfo } from '@onestep/datasets';
import { withInterrupt } from '../interrupt.js';
import { integer } from '../options/parsers.js';
import { withProgress } from '../terminal/progress.js';

/** `onestep dataset convert | info` */
export function datasetCommand(): Command {
  const dataset = new Command('dataset').description('make and inspect data sets (StyleGAN ZIP format)');
  dataset
    .command('convert')
    .description('turn a source of images into a data set')
    .requiredOption('--source <path>', 'the images: an MNIST-format *-images-idx3-ubyte.gz, its labels file beside it')
    .requiredOption('--dest <zip>', 'the ZIP file to make')
    .option('--max-images <n>', 'convert only the first so many', integer({ min: 1 }))
    .option('--overwrite', 'replace the destination if it exists')
    .action(async (options: { source: string; dest: string; maxImages?: number; overwrite?: boolean }) => {
      const result = await withInterrupt((signal) =>
        withProgress('images', (progress) =>
          convertDataset({ ...options, signal, onProgress: (done, total) => progress.update(done, total) }),
        ),
      );
      const { path, numImages, resolution, channels, numClasses } = result;
      console.log(`${path}: ${numImages} images ${resolution}x${resolution}x${channels}, ${numClasses} classes`);
    });
  dataset
    .command('info')
    .description('what a data set holds')
    .argument('<zip>', 'the data set')
    .action(async (path: string) => {
      const info = await datasetInfo(path);
      console.log(`name        ${info.name}`);
      console.log(`images      ${info.numImages}`);
      console.log(
        `resolution  ${info.resolution}x${info.resolution}, ${info.channels} channel${info.channels > 1 ? 's' : ''}`,
      );
      console.log(`labels      ${info.labelKind}${info.labelDim > 0 ? `, ${info.labelDim}` : ''}`);
      info.classCounts?.forEach((count, label) => console.log(`  class ${String(label).padStart(3)}  ${count}`));
    });
  return dataset;
}
