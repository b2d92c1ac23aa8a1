import { Command } from 'commander';
import { convertFile, OUTPUT_FORMATS } from 'onestep/node';
import { networkPath } from '../networks/network-source.js';
import {
  addNetworkOptions,
  nameNetworkFlags,
  statedSettings,
  type NetworkOptions,
} from '../options/network-options.js';
import { number } from '../options/parsers.js';
import { UserError } from '../user-error.js';

interface ConvertOptions extends NetworkOptions {
  overwrite?: boolean;
  initSigma?: number;
  guidance?: number;
}

/** `onestep convert` */
export function convertCommand(): Command {
  const formats = OUTPUT_FORMATS.map(({ ending, about }) => `  ${ending.padEnd(14)}${about}`);
  const command = new Command('convert')
    .description(
      'turn a file or folder of weights into another format: safetensors, PyTorch, diffusers, a snapshot for NVlabs/edm, ONNX',
    )
    .argument('<source>', 'a file or folder, its URL, or the name of a published network')
    .argument('<dest>', 'the file or folder to write; its ending says in which format')
    .option('--overwrite', 'replace the destination if it exists')
    .option(
      '--init-sigma <sigma>',
      ".onnx: export a one-step generator with this noise level of its input (default: the file's; without one, the denoiser)",
      number({ above: 0 }),
    )
    .option('--guidance <w>', '.onnx: scale of guidance, for a generator that takes it', number())
    .addHelpText('after', `\nFormats:\n${formats.join('\n')}`);
  return addNetworkOptions(command).action(async (source: string, dest: string, options: ConvertOptions) => {
    const { overwrite, initSigma, guidance } = options;
    const settings = statedSettings(options);
    const lines = await convert({ path: () => networkPath(source), dest, overwrite, initSigma, guidance, settings });
    for (const line of lines) console.log(line);
  });
}

/** @throws UserError for wrong usage, with the options as they are typed */
async function convert(args: Parameters<typeof convertFile>[0]): Promise<string[]> {
  try {
    return await convertFile(args);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(nameNetworkFlags(error.message).replace(/\bguidance has\b/g, '--guidance has'), 2);
  }
}
