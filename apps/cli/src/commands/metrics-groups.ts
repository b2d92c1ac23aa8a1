import { Command, InvalidArgumentError } from 'commander';
import { cautionFewInGroups } from '@onestep/metrics';
import { startEngine } from '../engine.js';
import { BY_CHOICES, readGrouping, type GroupingOptions } from '../evaluation/condition-groups.js';
import { measureConditions } from '../evaluation/measure-conditions.js';
import { openImageNetwork } from '../evaluation/generated-images.js';
import { MIN_IMAGES } from '../evaluation/scores.js';
import { withInterrupt } from '../interrupt.js';
import { currentPlace } from '../networks/network-source.js';
import { addDetectorOptions, type DetectorCommandOptions } from '../options/detector-options.js';
import { addImageMakerOptions, type ImageMakerOptions } from '../options/image-maker-options.js';
import { integer } from '../options/parsers.js';
import { addTextEncoderOptions, type TextEncoderOptions } from '../options/text-encoder-options.js';
import { conditionRecord, describeConditions } from '../reports/condition-table.js';
import { writeNote } from '../terminal/output-mode.js';

interface GroupsOptions extends ImageMakerOptions, DetectorCommandOptions, GroupingOptions, TextEncoderOptions {
  network: string;
  data: string;
  num: number;
}

/** `onestep metrics groups`: FID, precision and recall for each class, or for captions with a word. */
export function metricsGroupsCommand(): Command {
  const command = new Command('groups')
    .description(
      'measure the images of each class, or with a word in their caption, against the real images of the same: FID, precision and ' +
        'recall, and how often the detector recognizes the class',
    )
    .requiredOption(
      '--network <source>',
      'a conditional network: a diffusion model or a one-step generator, in a file, a run folder, latest, or a URL',
    )
    .requiredOption('--data <path>', 'the real images, a data set with classes or captions')
    .option('--by <what>', `what images are grouped by: ${BY_CHOICES}`, 'class')
    .option('--words <list>', 'for --by word: the words, such as red,green,blue', readWords)
    .option(
      '--num <n>',
      'number of generated images, each with the class or the caption of a real image, drawn at random',
      integer({ min: MIN_IMAGES }),
      5000,
    );
  addTextEncoderOptions(command, 'what encodes captions, for a network that was trained with a text encoder');
  addDetectorOptions(command, 'fashion-mnist for 32x32 gray images, else color');
  return addImageMakerOptions(command).action(async ({ network, json, ...options }: GroupsOptions) => {
    const grouping = readGrouping(options);
    await startEngine(options.backend);
    const maker = await openImageNetwork(await currentPlace(network), options);
    for (const note of maker.notes) writeNote(note);
    const { data, detector, encoder, resize, num, seed, textEncoder, textPooling } = options;
    const measured = await withInterrupt((signal) =>
      measureConditions({
        data,
        detector,
        encoder,
        resize,
        num,
        seed,
        textEncoder,
        textPooling,
        maker,
        grouping,
        signal,
      }),
    );
    if (json) {
      console.log(JSON.stringify({ network, ...conditionRecord(measured) }, null, 2));
      return;
    }
    const caution = cautionFewInGroups(measured.figures, measured.extractor.featureDim);
    for (const remark of [...measured.remarks, caution]) if (remark !== null) writeNote(remark);
    console.log(describeConditions(measured));
  });
}

function readWords(text: string): string[] {
  const words = text.split(',').map((word) => word.trim());
  if (!words.includes('')) return words;
  throw new InvalidArgumentError('It has to be words with commas between them, such as red,green,blue.');
}
