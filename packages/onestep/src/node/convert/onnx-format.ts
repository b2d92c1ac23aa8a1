import { writeFileAtomically } from '@onestep/checkpoint/node';
import { describeGenerator, guidanceRangeOf, networkMetadata, requireDenoiser } from '@onestep/diffusion-core';
import { createGenerator, openNetwork, type OpenedNetwork } from '../../open-network.js';
import { denoiserToOnnx, generatorToOnnx, type OnnxFile } from '../onnx/write-onnx.js';
import { endsWith, type OutputFormat } from './output-format.js';

/** The network as a function: a generator's images, or a diffusion model's denoised images. */
export const onnxFormat: OutputFormat = {
  ending: '.onnx',
  about: 'the network as a function for ONNX Runtime and others, checked before it is written',
  matches: endsWith('.onnx'),
  uses: ['settings', 'initSigma', 'guidance', 'methods'],
  async write({ path, dest, options }) {
    const opened = await openNetwork(path, { engine: 'ort', settings: options.settings });
    const { network, record, classNames, name } = opened;
    const generator = createGenerator(opened, options);
    const about = { classNames };
    let file: OnnxFile;
    const scaled: string[] = [];
    if (generator === null) {
      file = await denoiserToOnnx(
        requireDenoiser(network),
        { ...about, metadata: networkMetadata(network.settings) },
        name,
      );
    } else {
      const initSigma = options.initSigma ?? record?.initSigma;
      const settings = describeGenerator(network.settings, { ...record, initSigma });
      const range = guidanceRangeOf(generator);
      const scale = range === null ? undefined : (options.guidance ?? (range[0] + range[1]) / 2);
      if (scale !== undefined)
        scaled.push(`  guidance ${scale} of ${range!.join(' to ')}; --guidance (guidance) takes another`);
      const metadata = { ...networkMetadata(settings), ...(scale !== undefined && { guidance: String(scale) }) };
      file = await generatorToOnnx(generator, { ...about, initSigma, metadata }, name);
    }
    await writeFileAtomically(dest, file.bytes);
    const lines = describe(dest, generator === null ? 'diffusion model' : 'one-step generator', file);
    return [...lines, ...scaled, ...assumptions(opened, generator !== null)];
  },
};

/** What was assumed, because the file does not say it. */
function assumptions({ role, note }: OpenedNetwork, isGenerator: boolean): string[] {
  const unstated = role === null && !isGenerator;
  const advice =
    '  the file does not say whether it is a diffusion model; for a one-step generator, give --init-sigma (initSigma), 2.5 for SiD';
  return [...(note === null ? [] : [`  ${note}`]), ...(unstated ? [advice] : [])];
}

function describe(dest: string, kind: string, { bytes, inputs, outputs, difference }: OnnxFile): string[] {
  const rows = (what: string, entries: Record<string, string>) =>
    Object.entries(entries).map(([name, about]) => `  ${what} ${name}: ${about}`);
  return [
    `${dest}: ${kind}, opset 17, ${bytes.length} bytes`,
    ...rows('input', inputs),
    ...rows('output', outputs),
    `  checked with ONNX Runtime: largest difference from this program ${difference.toExponential(1)}`,
  ];
}
