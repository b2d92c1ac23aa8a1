import { blockResolutions, channelsAt } from '../networks/block-channels.js';
import type { PublishedGan } from '../published-pickle.js';
import type { SynthesisGeneratorSettings } from '../settings.js';

/**
 * Checks that a training can start from the networks of a published file, before it creates its own. Other resolutions are fine: the
 * blocks that both have are trained further.
 *
 * @param wanted settings of the generator that is trained
 * @param source the file's name, for messages
 * @throws RangeError naming what differs, and the option that decides it
 */
export function checkStart(wanted: SynthesisGeneratorSettings, { G, D, G_ema }: PublishedGan, source: string): void {
  const missing = Object.entries({ G, D, G_ema }).flatMap(([name, network]) => (network === null ? [name] : []));
  if (missing.length > 0) {
    const found = Object.entries({ G, D, G_ema }).flatMap(([name, network]) => (network === null ? [] : [name]));
    throw new RangeError(
      `${source} has no network ${missing.join(', ')}, but only ${found.join(', ')}: a training goes on from G, D and ` +
        'G_ema, which files network-snapshot-KIMG.pkl have.',
    );
  }
  const { settings } = G!;
  const refuse = (theirs: string, ours: string, wayOut: string) => {
    throw new RangeError(`${source} was trained with ${theirs}, and this training has ${ours}: ${wayOut}.`);
  };
  const [channels, ownChannels] = [settings.imgChannels, wanted.imgChannels];
  if (channels !== ownChannels) {
    const colors = (count: number) => `${count === 1 ? 'gray' : count === 3 ? 'RGB' : `${count}-channel`} images`;
    refuse(colors(channels), colors(ownChannels), 'convert the images to the same, or take another file');
  }
  const [labels, ownLabels] = [settings.labelDim, wanted.labelDim];
  if (labels !== ownLabels) {
    const length = (count: number) => (count === 0 ? 'no labels' : `labels of ${count} numbers`);
    const wayOut =
      labels === 0 ? 'leave `cond` out' : ownLabels === 0 ? 'give `cond` 1' : 'take a data set with the same classes';
    refuse(length(labels), length(ownLabels), wayOut);
  }
  for (const name of ['zDim', 'wDim'] as const) {
    if (settings[name] === wanted[name]) continue;
    const latents = (count: number) => `${name === 'zDim' ? 'z' : 'w'} of ${count} numbers`;
    refuse(latents(settings[name]), latents(wanted[name]), 'choose the `cfg` that it was trained with');
  }
  const own = blockResolutions(wanted);
  for (const resolution of blockResolutions(settings).filter((each) => own.includes(each))) {
    const [width, ownWidth] = [channelsAt(resolution, settings), channelsAt(resolution, wanted)];
    if (width === ownWidth) continue;
    const layers = (count: number) => `${count} channels at ${resolution}x${resolution}`;
    refuse(layers(width), layers(ownWidth), 'choose the `cfg` that it was trained with');
  }
}
