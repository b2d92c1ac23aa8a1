import { Command } from 'commander';
import { FASHION_DETECTOR, computeReference } from '@onestep/metrics';
import { writeReference } from '@onestep/metrics/node';
import { startEngine } from '../engine.js';
import { assertAccepts, DETECTOR_CHOICES, loadDetector } from '../evaluation/detector.js';
import { openImages } from '../evaluation/image-files.js';
import { withInterrupt } from '../interrupt.js';
import { backendOption, type BackendOption } from '../options/backend-option.js';
import { integer } from '../options/parsers.js';
import { withProgress } from '../terminal/progress.js';

interface RefOptions extends BackendOption {
  data: string;
  dest: string;
  detector: string;
  batch?: number;
}

/** `onestep metrics ref`, as the published fid.py ref. */
export function metricsRefCommand(): Command {
  return new Command('ref')
    .description('compute the reference statistics of a data set, with covariances divided by N - 1 as in fid.py')
    .requiredOption('--data <path>', 'images: a data set (ZIP file or folder), or an .npz with arr_0')
    .requiredOption('--dest <file>', 'file to write: .npz as for the published scripts, or .safetensors')
    .option('--detector <source>', `feature extractor: ${DETECTOR_CHOICES}`, FASHION_DETECTOR)
    .option('--batch <n>', 'no effect: the detector takes batches of a fixed size', integer({ min: 1 }))
    .addOption(backendOption())
    .action(async ({ data, dest, detector, backend, batch }: RefOptions) => {
      if (batch !== undefined) {
        console.error(`--batch ${batch} has no effect: the detector takes batches of a fixed size.`);
      }
      const images = await openImages(data);
      try {
        await startEngine(backend);
        const extractor = await (await loadDetector(detector)).extractorOf(images.format);
        assertAccepts(extractor, images.format);
        const reference = await withInterrupt((signal) =>
          withProgress('images', (progress) =>
            computeReference(extractor, images.batches(signal), images.name, (done) =>
              progress.update(done, images.length),
            ),
          ),
        );
        await writeReference(dest, reference);
        console.log(`${dest}: ${reference.numImages} images of ${reference.name}, features of ${reference.detector}`);
      } finally {
        images.close();
      }
    });
}
