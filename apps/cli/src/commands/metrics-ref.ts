import { Command } from 'commander';
import { FASHION_DETECTOR, computeReference } from '@onestep/metrics';
import { writeReference } from '@onestep/metrics/node';
import { startEngine } from '../engine.js';
import { withInterrupt } from '../interrupt.js';
import { assertSees, DETECTOR_CHOICES, loadDetector } from '../measuring/detector.js';
import { openImages } from '../measuring/image-source.js';
import { backendOption, type BackendOption } from '../options/backend-option.js';
import { integer } from '../options/parsers.js';
import { withProgress } from '../terminal/progress.js';

interface RefOptions extends BackendOption {
  data: string;
  dest: string;
  detector: string;
  batch?: number;
}

/** `onestep metrics ref`: as the published fid.py ref. */
export function metricsRefCommand(): Command {
  return new Command('ref')
    .description('compute the reference statistics of a data set, covariance divided by N - 1 as in fid.py')
    .requiredOption('--data <path>', 'the images: a data set (ZIP or folder), or an .npz with arr_0')
    .requiredOption('--dest <file>', 'the file to write: .npz as the published scripts read it, or .safetensors')
    .option('--detector <source>', `what sees the images: ${DETECTOR_CHOICES}`, FASHION_DETECTOR)
    .option('--batch <n>', 'no effect: batches have a size of their own here', integer({ min: 1 }))
    .addOption(backendOption())
    .action(async ({ data, dest, detector, backend, batch }: RefOptions) => {
      if (batch !== undefined)
        console.error(`--batch ${batch} has no effect: the detector takes batches of a fixed size.`);
      const source = await openImages(data);
      await startEngine(backend);
      const extractor = await (await loadDetector(detector)).extractorOf(source.format);
      assertSees(extractor, source.format);
      const reference = await withInterrupt((signal) =>
        withProgress('images', (progress) =>
          computeReference(extractor, source.batches(signal), source.name, (done) =>
            progress.update(done, source.length),
          ),
        ),
      );
      source.close();
      await writeReference(dest, reference);
      console.log(`${dest}: ${reference.numImages} images of ${reference.name}, seen by ${reference.detector}`);
    });
}
