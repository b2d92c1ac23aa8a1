import { Command } from 'commander';
import { measureCaptions } from '@onestep/datasets';
import { withInterrupt } from '../interrupt.js';
import { describeAccuracy } from '../reports/caption-accuracy.js';
import { withProgress } from '../terminal/progress.js';

/** `onestep dataset match` */
export function datasetMatchCommand(): Command {
  return new Command('match')
    .description(
      'measure how well pictures show what their captions say, of shapes: a data set, or a folder of generated images',
    )
    .argument(
      '<path>',
      'pictures of 32x32 with captions: metadata.jsonl, as edm generate --prompts writes it, or a data set',
    )
    .option('--json', 'print the counts as JSON')
    .action(matchCaptions);
}

async function matchCaptions(path: string, { json }: { json?: true }): Promise<void> {
  const found = await withInterrupt((signal) =>
    withProgress('images', (progress) =>
      measureCaptions(path, { signal, onProgress: (done, total) => progress.update(done, total) }),
    ),
  );
  if (json) console.log(JSON.stringify({ path, ...found }, null, 2));
  else for (const line of describeAccuracy(path, found)) console.log(line);
}
