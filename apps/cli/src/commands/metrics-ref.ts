import { Command } from 'commander';
import { onFirstRank } from '@onestep/diffusion-core';
import { computeReference } from '@onestep/metrics';
import { writeReference } from '@onestep/metrics/node';
import { startEngine } from '../engine.js';
import { assertAccepts, describeComparability, loadDetector, shippedDetector } from '../evaluation/detector.js';
import { openImages } from '../evaluation/image-files.js';
import { prepareFile } from '../files/prepare-file.js';
import { withInterrupt } from '../interrupt.js';
import { backendOption, type BackendOption } from '../options/backend-option.js';
import { addDetectorOptions, type DetectorCommandOptions } from '../options/detector-options.js';
import { integer } from '../options/parsers.js';
import { agreeOnFiles } from '../processes/agree-on-files.js';
import { theCommunicator } from '../processes/communicator.js';
import { withProgress } from '../terminal/progress.js';
import { writeNote } from '../terminal/output-mode.js';

interface RefOptions extends BackendOption, DetectorCommandOptions {
  data: string;
  dest: string;
  batch?: number;
  json?: boolean;
}

/** Below this number of images a line says that there are few. */
const FEW = 2048;

/** `onestep metrics ref`, as the published fid.py ref. */
export function metricsRefCommand(): Command {
  const command = new Command('ref')
    .description(
      'compute the reference statistics of images of any kind and size, with covariances divided by N - 1 as in fid.py',
    )
    .requiredOption(
      '--data <path>',
      'images: whatever "dataset convert" reads, such as a folder, a ZIP file or an .npz',
    )
    .requiredOption('--dest <file>', 'file to write: .npz as for the published scripts, or .safetensors')
    .option('--batch <n>', 'no effect: the detector takes batches of a fixed size', integer({ min: 1 }))
    .option('--json', 'print JSON');
  return addDetectorOptions(command, 'fashion-mnist for 32x32 gray images, else color; inception with --resize')
    .addOption(backendOption())
    .action(async ({ data, dest, detector, backend, batch, json, ...options }: RefOptions) => {
      if (batch !== undefined) {
        writeNote(`--batch ${batch} has no effect: the detector takes batches of a fixed size.`);
      }
      const communicator = theCommunicator();
      await onFirstRank(communicator, () => prepareFile(dest));
      await agreeOnFiles({ data, detector, encoder: options.encoder });
      const images = await openImages(data, { communicator });
      try {
        await startEngine(backend);
        const source = detector ?? (options.resize === undefined ? shippedDetector(images.format) : 'inception');
        const extractor = await (await loadDetector(source, options)).extractorOf(images.format);
        assertAccepts(extractor, images.format);
        for (const note of images.notes) writeNote(note);
        const reference = await withInterrupt((signal) =>
          withProgress('images', (progress) =>
            computeReference(extractor, images.batches(extractor, signal), images.name, {
              onProgress: (done) => progress.update(done, images.length),
              share: { communicator, first: images.first },
              signal,
            }),
          ),
        );
        await onFirstRank(communicator, () => writeReference(dest, reference));
        const few = `${dest}: only ${images.length} images, which makes FID too high; published references are over all images.`;
        const remarks = [
          ...(await images.remarks(extractor.imgResolution)),
          describeComparability(extractor.name),
          images.length < Math.max(FEW, extractor.featureDim) ? few : null,
        ];
        for (const remark of remarks) if (remark !== null) writeNote(remark);
        const { numImages, name, detector: features } = reference;
        const about = { dest, numImages, name, detector: features, resizing: extractor.resizing };
        if (json) return console.log(JSON.stringify(about, null, 2));
        console.log(`${dest}: ${reference.numImages} images of ${reference.name}, features of ${reference.detector}`);
        if (extractor.resizing !== undefined) console.log(`resized: ${extractor.resizing}`);
      } finally {
        images.close();
      }
    });
}
