import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { DRAWN_DATASETS, DRAWN_SIDES, drawDataset, type DrawOptions } from '@onestep/datasets';
import { withInterrupt } from '../interrupt.js';
import { addDestinationOptions } from '../options/destination-options.js';
import { integer } from '../options/parsers.js';
import { describeMade } from '../reports/made-dataset.js';
import { withProgress } from '../terminal/progress.js';

const DRAWN_SPLITS = DRAWN_DATASETS.map(({ name, splits }) => `${splits.join(' or ')} of ${name}`).join('; ');
const DRAWN_NAMES = DRAWN_DATASETS.map(({ name }) => name);

/** `onestep dataset draw` */
export function datasetDrawCommand(): Command {
  const about = DRAWN_DATASETS.map((drawn) => `${drawn.name}: ${drawn.about}`).join('; ');
  const command = new Command('draw')
    .description('draw a labeled or captioned data set of color images, the same on every machine, without a download')
    .addArgument(new Argument('<name>', about).choices(DRAWN_NAMES));
  return addDrawOptions(command).action(draw);
}

/** `onestep dataset shapes` */
export function datasetShapesCommand(): Command {
  const command = new Command('shapes').description('draw pictures of things with captions; the same as draw shapes');
  return addDrawOptions(command).action((options: DrawFlags) => draw('shapes', options));
}

function addDrawOptions(command: Command): Command {
  return addDestinationOptions(command)
    .option('--json', 'print JSON')
    .option('--num <n>', 'number of images', integer({ min: 1 }), 60_000)
    .option('--resolution <side>', 'side of the images in pixels, a power of two', parseSide, 32)
    .option(
      '--seed <n>',
      'another seed gives other images of the same kind, such as test images',
      integer({ min: 0 }),
      0,
    )
    .addOption(
      new Option('--split <name>', `part: ${DRAWN_SPLITS} (default: train)`).choices([
        ...new Set(DRAWN_DATASETS.flatMap(({ splits }) => splits)),
      ]),
    );
}

/** Options of `draw`, by their names on the command line. */
interface DrawFlags extends Pick<DrawOptions, 'dest' | 'resolution' | 'seed' | 'split' | 'overwrite'> {
  num: number;
  json?: boolean;
}

async function draw(name: string, { num, json, ...options }: DrawFlags): Promise<void> {
  const made = await withInterrupt((signal) =>
    withProgress('images', (progress) =>
      drawDataset({
        ...options,
        name,
        numImages: num,
        signal,
        onProgress: (done, total) => progress.update(done, total),
      }),
    ),
  );
  if (json) return console.log(JSON.stringify(made, null, 2));
  console.log(describeMade(made));
}

/** Parses the side of drawn images. */
function parseSide(text: string): number {
  const side = Number(text);
  if (!DRAWN_SIDES.includes(side)) throw new InvalidArgumentError(`It has to be one of ${DRAWN_SIDES.join(', ')}.`);
  return side;
}
