import { openSourceFiles } from '../files/open-source-files.js';
import type { SourceFiles } from '../files/source-files.js';
import { withoutOuterFolder } from '../files/without-outer-folder.js';
import { decodePngSamples } from '../png/decode.js';
import type { ImageSource, SourceImage } from '../sources/source.js';
import { writeDataset, type ConvertResult } from '../write-dataset.js';
import { readEmojiList, type Emoji } from './emoji-list.js';

/** Sides of the pictures in pixels, for which there are sheets and which networks take. */
export const EMOJI_SIDES = [16, 32, 64] as const;

/** Settings of {@link makeEmojiDataset}. */
export interface EmojiOptions {
  /** The npm package emoji-datasource-google: its folder, or the `.tgz` file that `npm pack` downloads. */
  source: string;
  /** The `.zip` file or the empty folder to make. The folder it is in is made if it does not exist. */
  dest: string;
  /** Side of the pictures in pixels. Default: 32. */
  resolution?: (typeof EMOJI_SIDES)[number];
  /** Color of the ground: red, green, blue, 0 to 255. Default: white. */
  ground?: readonly [number, number, number];
  /** The categories to take, such as `Smileys & Emotion`. Default: all. */
  categories?: readonly string[];
  /** Whether to add the emoji of people in each skin tone, 1,875 more pictures, whose captions name it. Default: false. */
  skinTones?: boolean;
  /** Whether to replace `dest` if it is a ZIP file that exists. Default: false. */
  overwrite?: boolean;
  /** Called after each image with the number of images done and their total. */
  onProgress?: (done: number, total: number) => void;
  /** Stops the work, which then leaves nothing behind and throws the signal's reason. */
  signal?: AbortSignal;
}

const PACKAGE = 'emoji-datasource-google';
/** Stated in the file of the data set: pictures of models that learn from it derive from these. */
const FACTS = {
  name: 'emoji',
  pictures: 'Noto Emoji, Google: Apache License 2.0; flags are in the public domain or exempt from copyright',
  names: `npm package ${PACKAGE}, Cal Henderson: MIT License`,
};
/** Pixels around each picture of a sheet. */
const BORDER = 1;

/**
 * Makes a data set of emoji from the npm package emoji-datasource-google: cuts its sheets into pictures, with the names as
 * captions and the categories as classes. The licenses stand in the file.
 *
 * @throws if the source is not that package, an option is not valid, or `dest` exists or cannot be written; nothing is left
 *   behind then
 */
export async function makeEmojiDataset(options: EmojiOptions): Promise<ConvertResult> {
  const { source, dest, resolution = 32, ground = [255, 255, 255], skinTones = false, overwrite = false } = options;
  const { categories, onProgress, signal } = options;
  if (!EMOJI_SIDES.includes(resolution)) {
    throw new RangeError(`resolution is one of ${EMOJI_SIDES.join(', ')}, not ${String(resolution)}.`);
  }
  if (ground.length !== 3 || !ground.every((value) => Number.isInteger(value) && value >= 0 && value <= 255)) {
    throw new RangeError(`ground is three whole numbers from 0 to 255, not ${ground.join(', ')}.`);
  }
  const files = withoutOuterFolder(
    await openSourceFiles(source, signal).catch((error: Error) => {
      throw new Error(`${error.message} ${ADVICE}`, { cause: error });
    }),
  );
  try {
    const images = cutSheet(files, resolution, ground, skinTones, categories);
    return await writeDataset(images, source, dest, overwrite, images.classNames, {
      transform: (image) => image,
      transformName: undefined,
      maxImages: Infinity,
      isRgb: true,
      skipsUnreadable: false,
      onProgress,
      signal,
    });
  } finally {
    files.close();
  }
}

const ADVICE = `Download the package with "npm pack ${PACKAGE}" (74 MB), and give the .tgz file as the source.`;

function cutSheet(
  files: SourceFiles,
  side: number,
  ground: readonly [number, number, number],
  skinTones: boolean,
  categories: readonly string[] | undefined,
): ImageSource {
  const sheet = `img/google/sheets/${side}.png`;
  for (const name of ['emoji.json', sheet]) {
    if (!files.has(name))
      throw new Error(`${files.path} has no ${name}: it is not the npm package ${PACKAGE}. ${ADVICE}`);
  }
  const all = readEmojiList(files.read('emoji.json'), files.describe('emoji.json'), skinTones);
  const known = [...new Set(all.map(({ category }) => category))].sort();
  const unknown = categories?.find((category) => !known.includes(category));
  if (unknown !== undefined) throw new RangeError(`There is no category "${unknown}" of emoji: ${known.join(', ')}.`);
  const list = categories === undefined ? all : all.filter(({ category }) => categories.includes(category));
  const source = files.describe(sheet);
  const { width, height, channels, data } = decodePngSamples(files.read(sheet), source);
  if (channels !== 4) throw new Error(`${source} has ${channels} channels; expected 4, with transparency.`);
  const cell = side + 2 * BORDER;
  const outside = list.find(({ column, row }) => (column + 1) * cell > width || (row + 1) * cell > height);
  if (outside !== undefined)
    throw new Error(`${source} is ${width}x${height}, too small for the picture of "${outside.name}".`);
  const classNames = known.filter((category) => categories?.includes(category) ?? true);
  const cut = ({ column, row }: Emoji): Uint8Array => {
    const pixels = new Uint8Array(side * side * 3);
    for (let i = 0; i < side * side; i++) {
      const x = column * cell + BORDER + (i % side);
      const y = row * cell + BORDER + Math.floor(i / side);
      const at = (y * width + x) * 4;
      const alpha = data[at + 3]!;
      for (let channel = 0; channel < 3; channel++) {
        pixels[3 * i + channel] = Math.round((data[at + channel]! * alpha + ground[channel]! * (255 - alpha)) / 255);
      }
    }
    return pixels;
  };
  return {
    count: list.length,
    numClasses: classNames.length,
    classNames,
    notes: [`the pictures are Noto Emoji of Google, under the Apache License 2.0`],
    origin: FACTS,
    *images(limit): Iterable<SourceImage> {
      for (const emoji of list.slice(0, limit)) {
        const { name, category } = emoji;
        const shape = { width: side, height: side, channels: 3 };
        yield {
          ...shape,
          name: `${source} (${name})`,
          data: cut(emoji),
          label: classNames.indexOf(category),
          caption: name,
        };
      }
    },
  };
}
