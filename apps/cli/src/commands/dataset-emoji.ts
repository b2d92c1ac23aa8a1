import { Command, InvalidArgumentError, Option } from 'commander';
import { EMOJI_SIDES, makeEmojiDataset, type EmojiOptions } from '@onestep/datasets';
import { withInterrupt } from '../interrupt.js';
import { addDestinationOptions } from '../options/destination-options.js';
import { describeMade } from '../reports/made-dataset.js';
import { withProgress } from '../terminal/progress.js';

/** `onestep dataset emoji` */
export function datasetEmojiCommand(): Command {
  const command = new Command('emoji')
    .description(
      'cut the emoji of Google into a data set, with their names as captions and their categories as classes',
    )
    .option(
      '--source <path>',
      'the npm package emoji-datasource-google: its folder, or the .tgz file of npm pack',
      'node_modules/emoji-datasource-google',
    );
  return addDestinationOptions(command)
    .addOption(
      new Option('--resolution <side>', 'side of the images in pixels').choices(EMOJI_SIDES.map(String)).default('32'),
    )
    .option('--ground <color>', 'color behind them: red,green,blue from 0 to 255', parseColor, [255, 255, 255])
    .option('--categories <names>', 'only these, with commas between: "Smileys & Emotion,Flags"', parseNames)
    .option('--skin-tones', 'also the emoji of people in each skin tone, which the captions name')
    .option('--json', 'print JSON')
    .action(cutEmoji);
}

interface EmojiFlags extends Omit<EmojiOptions, 'resolution' | 'signal' | 'onProgress'> {
  resolution: string;
  json?: boolean;
}

async function cutEmoji({ resolution, json, ...options }: EmojiFlags): Promise<void> {
  const side = EMOJI_SIDES.find((one) => String(one) === resolution)!;
  const made = await withInterrupt((signal) =>
    withProgress('images', (progress) =>
      makeEmojiDataset({
        ...options,
        resolution: side,
        signal,
        onProgress: (done, total) => progress.update(done, total),
      }),
    ),
  );
  if (json) return console.log(JSON.stringify(made, null, 2));
  console.log(describeMade(made));
  for (const note of made.notes) console.log(note);
}

/** Parses `255,255,255`. */
function parseColor(text: string): [number, number, number] {
  const channels = text.split(',').map((part) => (/^\s*\d{1,3}\s*$/.test(part) ? Number(part) : NaN));
  if (channels.length === 3 && channels.every((value) => value <= 255)) return channels as [number, number, number];
  throw new InvalidArgumentError('It has to be red, green and blue from 0 to 255, such as 255,255,255.');
}

function parseNames(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => name !== '')) return names;
  throw new InvalidArgumentError('It has to be names with commas between, such as "Smileys & Emotion,Flags".');
}
