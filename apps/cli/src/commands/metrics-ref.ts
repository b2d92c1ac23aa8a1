import { Command } from 'commander';
import { openDataset } from '@onestep/datasets';
import { referenceOf } from '@onestep/metrics';
import { loadFashionMnistClassifier, writeReference } from '@onestep/metrics/node';
import { startEngine } from '../engine.js';
import { withInterrupt } from '../interrupt.js';
import { datasetImages } from '../measuring/dataset-images.js';
import { backendOption, type BackendOption } from '../options/backend-option.js';
import { withProgress } from '../terminal/progress.js';
import { UserError } from '../user-error.js';

/** `onestep metrics ref` */
export function metricsRefCommand(): Command {
  return new Command('ref')
    .description('compute the reference statistics of a data set')
    .requiredOption('--data <zip>', 'the data set')
    .requiredOption('--dest <file>', 'the .safetensors file to write')
    .addOption(backendOption())
    .action(async ({ data, dest, backend }: BackendOption & { data: string; dest: string }) => {
      const dataset = await openDataset(data, { useLabels: false });
      await startEngine(backend);
      const extractor = await loadFashionMnistClassifier();
      if (dataset.resolution !== extractor.imgResolution || dataset.channels !== extractor.imgChannels) {
        throw new UserError(
          `${data} has ${dataset.resolution}x${dataset.resolution}x${dataset.channels} images, and the detector ` +
            `${extractor.name} sees ${extractor.imgResolution}x${extractor.imgResolution}x${extractor.imgChannels}.`,
        );
      }
      const reference = await withInterrupt((signal) =>
        withProgress('images', (progress) =>
          referenceOf(extractor, datasetImages(dataset, signal), dataset.name, (done) =>
            progress.update(done, dataset.length),
          ),
        ),
      );
      await writeReference(dest, reference);
      console.log(`${dest}: ${reference.numImages} images of ${reference.name}, seen by ${reference.detector}`);
    });
}
