import { Option, type Command } from 'commander';
import type { Precision } from 'onestep';
import type { SampleFileOptions } from '../images/sample-files.js';
import { backendOption, type BackendOption } from './backend-option.js';
import { addLabelOptions } from './label-options.js';
import { addNetworkOptions, type NetworkOptions } from './network-options.js';
import { flag, integer, integerList } from './parsers.js';

/** Options that every sampling command has. */
export interface SampleCommandOptions extends SampleFileOptions, NetworkOptions, BackendOption {
  network: string;
  bf16?: boolean;
}

/** Adds {@link SampleCommandOptions} to a command. @param network what the network has to be */
export function addSampleOptions(command: Command, network: string): Command {
  command
    .requiredOption(
      '--network <source>',
      `${network}: a file (.safetensors, .pkl, .pth, ...), a folder of diffusers, a URL, hf://owner/name, the name of a model, ` +
        `a run folder, or latest`,
    )
    .requiredOption('--outdir <folder>', 'where the images go')
    .addOption(seedsOption())
    .addOption(flag('--subdirs', 'a folder for every 1000 seeds'));
  addLabelOptions(command)
    .option('--batch <n>', 'images at a time (default: 1 to 8, by the size of the network)', integer({ min: 1 }))
    .option('--grid <file>', 'also write all images as one PNG')
    .addOption(backendOption())
    .addOption(
      flag(
        '--bf16',
        'compute the network in bfloat16 with OpenVINO, which you install; for processors with AVX-512 BF16 or AMX',
      ),
    );
  return addNetworkOptions(command);
}

function seedsOption(): Option {
  return new Option('--seeds <list>', 'one seed an image, such as 0-63 or 1,2,5')
    .argParser(integerList)
    .default(integerList('0-63'), '0-63');
}

/** The precision that `--bf16` asks for. */
export function statedPrecision({ bf16 }: SampleCommandOptions): Precision | undefined {
  return bf16 ? 'bfloat16' : undefined;
}
