import { Command, Option } from 'commander';
import { CaptionMeter, isRgb32, MEASURED_SPLITS, measuringCaptions } from '@onestep/datasets';
import { nameLabels } from '@onestep/diffusion-core';
import { startEngine } from '../engine.js';
import { openImageNetwork, type ImageNetwork } from '../evaluation/generated-images.js';
import { withInterrupt } from '../interrupt.js';
import { currentPlace } from '../networks/network-source.js';
import { openPrompts, readPromptFile } from '../networks/open-prompts.js';
import { supplyText } from '../networks/text-encoder.js';
import { addImageMakerOptions, type ImageMakerOptions } from '../options/image-maker-options.js';
import { addPromptsOption, type PromptsOption } from '../options/label-options.js';
import { integer } from '../options/parsers.js';
import { describeAccuracy } from '../reports/caption-accuracy.js';
import { withProgress } from '../terminal/progress.js';
import { UserError } from '../user-error.js';
import { writeNote } from '../terminal/output-mode.js';

interface AttributesOptions extends ImageMakerOptions, PromptsOption {
  network: string;
  num: number;
  split: (typeof MEASURED_SPLITS)[number];
}

/** `onestep metrics attributes`: whether a network of captions makes what the captions say. */
export function metricsAttributesCommand(): Command {
  const command = new Command('attributes')
    .description(
      'measure how often a network makes what captions of the data set shapes say: shapes, colors, sizes, places, which color ' +
        'each shape has; with combinations that it was trained on, and with combinations that were held out',
    )
    .requiredOption(
      '--network <source>',
      'a diffusion model or a one-step generator that takes captions and makes pictures of 32x32: a file, a run folder, latest, or a URL',
    )
    .option('--num <n>', 'number of captions of either kind, a picture each', integer({ min: 1 }), 500)
    .addOption(
      new Option('--split <part>', 'part of the data set that the network was trained with')
        .choices(MEASURED_SPLITS)
        .default('train'),
    );
  addPromptsOption(command, 'in place of captions that are drawn, a picture each');
  return addImageMakerOptions(command).action(async (options: AttributesOptions) => {
    const { network: source, seed, prompts, json } = options;
    const unused = ['num', 'split'].find((name) => command.getOptionValueSource(name) === 'cli');
    if (prompts !== undefined && unused !== undefined) {
      throw new UserError(`Leave --${unused} out: --prompts has the captions, a picture each.`, 2);
    }
    const captions =
      prompts === undefined ? measuringCaptions(options.num, options.split) : await readPromptFile(prompts);
    await startEngine(options.backend);
    const maker = await openImageNetwork(await currentPlace(source), options);
    checkMakesShapes(source, maker);
    await supplyText(maker.network, options, captions);
    for (const note of [...maker.notes, ...openPrompts(maker.network, captions).notes]) writeNote(note);
    const images = maker.images({ choose: (seeds) => ({ prompts: seeds.map((each) => captions[each - seed]!) }) });
    const meter = new CaptionMeter();
    await withInterrupt((signal) =>
      withProgress('images', async (progress) => {
        const { length: count } = captions;
        const onProgress = (done: number) => progress.update(done, count);
        let done = 0;
        for await (const batch of images.open({ count, firstSeed: seed, signal, onProgress }).batches) {
          const size = batch.images.length / batch.count;
          for (let i = 0; i < batch.count; i++) {
            meter.add(Uint8Array.from(batch.images.subarray(i * size, (i + 1) * size)), captions[done + i]!);
          }
          done += batch.count;
        }
      }),
    );
    const found = meter.counts();
    if (json) console.log(JSON.stringify({ network: source, images: images.description, ...found }, null, 2));
    else for (const line of describeAccuracy(`images ${images.description}`, found)) console.log(line);
  });
}

/** @throws UserError if the network takes no captions, or makes other pictures than those of the data set */
function checkMakesShapes(source: string, { network }: ImageNetwork): void {
  if (network.labels?.kind !== 'captions') {
    const takes = network.labelDim === 0 ? 'is unconditional' : `takes ${nameLabels(network)}`;
    throw new UserError(
      `${source} ${takes}, and captions are compared with images: give a network that takes captions.`,
    );
  }
  const { imgResolution: side, imgChannels: channels } = network;
  if (!isRgb32({ width: side, height: side, channels })) {
    throw new UserError(
      `${source} makes images of ${side}x${side}x${channels}, and things are found in pictures of 32x32x3 only: give a network ` +
        'that was trained on the data set shapes.',
    );
  }
}
