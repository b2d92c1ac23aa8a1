import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Command } from 'commander';
import { examineImages, type SourceChoice } from '@onestep/datasets';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { withInterrupt } from '../interrupt.js';
import { addSourceOptions, adviseOnSplit } from '../options/source-options.js';
import { describeExamination } from '../reports/examination-text.js';
import { withProgress } from '../terminal/progress.js';
import { UserError } from '../user-error.js';

/** `onestep dataset info` */
export function datasetInfoCommand(): Command {
  const command = new Command('info')
    .description('describe a data set, or a source of images: sizes, classes, captions, copies, and what is odd')
    .argument('<path>', 'the data set (a .zip file or a folder), or anything that convert takes')
    .option('--contact-sheet <png>', 'write a picture of images from all over it')
    .option('--json', 'print all of it as JSON')
    .action(describeSource);
  return addSourceOptions(command);
}

interface InfoOptions extends SourceChoice {
  contactSheet?: string;
  json?: true;
}

async function describeSource(path: string, { contactSheet: sheet, json, ...choice }: InfoOptions): Promise<void> {
  if (sheet !== undefined) await checkWritable(sheet);
  const found = await withInterrupt((signal) =>
    withProgress('images', (progress) =>
      examineImages(path, {
        ...choice,
        signal,
        contactSheet: sheet === undefined ? undefined : { columns: 16, rows: 8 },
        onProgress: (done, total) => progress.update(done, total),
      }),
    ),
  );
  const { contactSheet: picture, ...facts } = found;
  if (sheet !== undefined && picture !== null) await writeFileAtomically(sheet, picture);
  if (json) console.log(JSON.stringify({ ...facts, contactSheet: picture === null ? null : sheet }, null, 2));
  else {
    for (const line of describeExamination({ ...found, notes: found.notes.map(adviseOnSplit) })) console.log(line);
    if (sheet !== undefined)
      console.log(picture === null ? 'contact sheet: there are no images' : `contact sheet: ${sheet}`);
  }
}

/** @throws UserError if the folder of a file does not exist */
async function checkWritable(path: string): Promise<void> {
  const folder = dirname(path);
  const isFolder = await stat(folder).then(
    (status) => status.isDirectory(),
    () => false,
  );
  if (!isFolder)
    throw new UserError(`The folder of --contact-sheet ${path} does not exist; make ${folder}, or choose another.`);
}
