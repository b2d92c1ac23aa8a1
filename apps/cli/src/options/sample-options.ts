import { Option, type Command } from 'commander';
import type { SampleFileOptions } from '../images/sample-files.js';
import { backendOption, type BackendOption } from './backend-option.js';
import { integer, integerList } from './parsers.js';

/** Options that every sampling command has. */
export interface SampleOptions extends SampleFileOptions, BackendOption {
  network: string;
}

/** Adds {@link SampleOptions} to a command. @param network what kind of network it takes, for help */
export function addSampleOptions(command: Command, network: string): Command {
  return command
    .requiredOption(
      '--network <source>',
      `${network}: a .safetensors, .pkl or .pth file, its URL, or the name of a published network`,
    )
    .requiredOption('--outdir <folder>', 'folder for the images')
    .addOption(
      new Option('--seeds <list>', 'one seed per image, such as 0-63 or 1,2,5')
        .argParser(integerList)
        .default(integerList('0-63'), '0-63'),
    )
    .option('--subdirs', 'write every 1000 seeds to a folder of their own')
    .option('--class <n>', 'class of every image (default: random)', integer())
    .option('--batch <n>', 'number of images at a time', integer({ min: 1 }), 64)
    .option('--grid <file>', 'also write all images as one PNG')
    .addOption(backendOption());
}
