import { Command } from 'commander';
import { convertFile, OUTPUT_FORMATS } from 'onestep/node';
import { sizeOf } from '../files/size-of.js';
import { networkPath } from '../networks/network-source.js';
import { number } from '../options/parsers.js';
import {
  addNetworkOptions,
  nameNetworkFlags,
  statedSettings,
  type NetworkOptions,
} from '../options/network-options.js';
import { textColumns, wrapText } from '../terminal/text-width.js';
import { UserError } from '../user-error.js';

interface ConvertOptions extends NetworkOptions {
  overwrite?: boolean;
  initSigma?: number;
  guidance?: number;
  bare?: boolean;
  half?: boolean;
  json?: boolean;
}

/** Columns before what is said of a format. */
const INDENT = 16;

/** `onestep convert` */
export function convertCommand(): Command {
  const command = new Command('convert')
    .description(
      'turn weights into another format: safetensors, PyTorch, a snapshot for NVlabs/edm, ONNX, a folder for diffusers, ...',
    )
    .argument('<source>', 'a file, a folder of diffusers, a URL, hf://owner/name, or the name of a published network')
    .argument('<dest>', 'the file or folder to write; its ending says in which format')
    .option('--overwrite', 'replace the destination if it exists')
    .option(
      '--init-sigma <sigma>',
      "noise level of a one-step generator's input, for a file that does not say it (default: the file's; .onnx without one: the denoiser)",
      number({ above: 0 }),
    )
    .option('--guidance <w>', '.onnx: scale of guidance, for a generator that takes it', number())
    .option('--bare', '.safetensors and .pth: the weights alone, under the names of the published networks')
    .option(
      '--half',
      '.safetensors: weights as float16, in half the space; they become float32 again when they are loaded',
    )
    .option('--json', 'print JSON');
  return addNetworkOptions(command)
    .addHelpText('after', () => `\nFormats:\n${formatLines().join('\n')}`)
    .action(
      async (
        source: string,
        dest: string,
        { overwrite, initSigma, guidance, bare, half, json, ...stated }: ConvertOptions,
      ) => {
        const settings = statedSettings(stated);
        const given = Object.values(settings).some((value) => value !== undefined) ? settings : undefined;
        const options = { overwrite, initSigma, guidance, bare, half, settings: given };
        const lines = await convert({ path: () => networkPath(source), dest, ...options });
        if (json) console.log(JSON.stringify(await describeWritten(source, dest, lines), null, 2));
        else for (const line of lines) console.log(line);
      },
    );
}

/** What was written, for JSON. @param lines what is said about it, the first of which begins with its path */
async function describeWritten(source: string, path: string, lines: readonly string[]) {
  const about = lines.map((line) => line.replace(`${path}: `, '').trim());
  return {
    path,
    source,
    format: OUTPUT_FORMATS.find(({ matches }) => matches(path))!.ending,
    bytes: await sizeOf(path),
    about,
  };
}

/** @throws UserError for wrong usage, with the options as they are typed */
async function convert(args: Parameters<typeof convertFile>[0]): Promise<string[]> {
  try {
    return await convertFile(args);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(nameNetworkFlags(error.message).replace(/\b(guidance|bare|half) has\b/g, '--$1 has'), 2);
  }
}

/** What can be written, by its ending, broken to fit. */
function formatLines(): string[] {
  return OUTPUT_FORMATS.flatMap(({ ending, about }) =>
    wrapText(about, textColumns() - INDENT).map((line, i) => `  ${(i === 0 ? ending : '').padEnd(INDENT - 2)}${line}`),
  );
}
