import { Command } from 'commander';
import { datasetConvertCommand } from './dataset-convert.js';
import { datasetDrawCommand, datasetShapesCommand } from './dataset-draw.js';
import { datasetEmojiCommand } from './dataset-emoji.js';
import { datasetInfoCommand } from './dataset-info.js';
import { datasetMatchCommand } from './dataset-match.js';

/** `onestep dataset convert | draw | shapes | info | emoji | match` */
export function datasetCommand(): Command {
  return new Command('dataset')
    .description('make and inspect data sets (StyleGAN ZIP format)')
    .addCommand(datasetConvertCommand())
    .addCommand(datasetDrawCommand())
    .addCommand(datasetShapesCommand())
    .addCommand(datasetInfoCommand())
    .addCommand(datasetEmojiCommand())
    .addCommand(datasetMatchCommand());
}
