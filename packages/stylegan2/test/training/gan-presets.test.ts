import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  GAN_PRESETS,
  ganRecipe,
  publishedTrainingOptions,
  type GanChoices,
  type GanPresetName,
} from '@onestep/stylegan2';
import { FIXTURES, hasFixtures } from '../../../../test-support/fixtures.js';

/** What the published train.py makes of its options. */
interface PublishedPresets {
  numbers: { cfg: GanPresetName; gpus: number; resolution: number; [name: string]: unknown }[];
  rows: { options: Record<string, never>; resolution: number; result: Record<string, Record<string, unknown>> }[];
}

/** What decides about half precision, which there is none of here. */
const HALF = ['num_fp16_res', 'fp16_channels_last'];

function withoutHalf(value: unknown): unknown {
  if (Array.isArray(value) || typeof value !== 'object' || value === null) return value;
  const rest = Object.entries(value).filter(([name]) => !HALF.includes(name));
  return Object.fromEntries(rest.map(([name, each]) => [name, withoutHalf(each)]));
}

describe.skipIf(!hasFixtures)('the presets of the published train.py', () => {
  const { numbers, rows } = hasFixtures
    ? (JSON.parse(readFileSync(`${FIXTURES}training-gan/presets.json`, 'utf8')) as PublishedPresets)
    : { numbers: [], rows: [] };

  it('have the published numbers for every resolution and number of processes', () => {
    expect(numbers.length).toBeGreaterThan(0);
    for (const { cfg, gpus, resolution, ...expected } of numbers) {
      const preset = GAN_PRESETS[cfg]({ resolution, processes: gpus });
      expect({
        batch_size: preset.batch,
        batch_gpu: preset.batchGpu,
        mbstd_group_size: preset.mbstdGroupSize,
        channel_base: preset.channelBase,
        mapping_layers: preset.mappingLayers,
        lr: preset.lr,
        r1_gamma: preset.gamma,
        ema_kimg: preset.emaKimg,
        ema_rampup: preset.emaRampUp,
        total_kimg: preset.kimg,
      }).toEqual(expected);
    }
  });

  it.each(rows.map((row) => [JSON.stringify(row.options), row] as const))(
    '%s',
    (_, { options, resolution, result }) => {
      const {
        gpus,
        resume,
        cond,
        nhwc: __,
        ...choices
      } = options as unknown as GanChoices & {
        gpus: number;
        resume?: string;
        cond?: boolean;
        nhwc?: boolean;
      };
      const data = { resolution, channels: 3, labelDim: cond === true ? 10 : 0, processes: gpus };
      const recipe = ganRecipe({ ...choices, isContinued: resume !== undefined }, data);
      const { resume_pkl: ___, ...expected } = result;
      expect(withoutHalf(publishedTrainingOptions(recipe, gpus))).toEqual(withoutHalf(expected));
    },
  );
});

describe('ganRecipe', () => {
  const data = { resolution: 32, channels: 1, labelDim: 0, processes: 1 };

  it.each<[Partial<GanChoices>, RegExp]>([
    [{ p: 0.2 }, /`p` has no effect with `aug` ada: choose `aug` fixed/],
    [{ aug: 'fixed' }, /`aug` fixed needs .* give `p`/],
    [{ aug: 'noaug', target: 0.6 }, /`target` has no effect with `aug` noaug/],
  ])('refuses options of augmentation that contradict each other: %o', (choices, message) => {
    expect(() => ganRecipe({ cfg: 'auto', ...choices }, data)).toThrow(message);
  });

  it.each([
    [{ cfg: 'auto', batch: 10 }, 4, /cannot be shared by 4/],
    [{ cfg: 'cifar' }, 4, /64 images, 32 at once, cannot be shared by 4/],
    [{ cfg: 'auto', batch: 12 }, 2, /no groups of 4 for the minibatch statistics: choose a multiple of 8 for `batch`/],
  ] as const)('refuses a batch that cannot be split: %o in %i processes', (choices, processes, message) => {
    expect(() => ganRecipe(choices, { ...data, processes })).toThrow(message);
  });
});
