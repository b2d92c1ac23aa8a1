import { Command } from 'commander';
import { clipScoreOf, measureClipScore, type ClipScore, type TextRows } from '@onestep/metrics';
import { readImageEmbeddings } from '@onestep/metrics/node';
import type { CaptionEncoder } from '@onestep/diffusion-core';
import { sha256OfFile } from 'onestep/node';
import { startEngine } from '../engine.js';
import { pairsInFiles, pairsOfNetwork } from '../evaluation/captioned-pairs.js';
import { ENCODER_CHOICES, loadEncoder } from '../evaluation/encoder.js';
import { withInterrupt } from '../interrupt.js';
import { readPromptFile } from '../networks/open-prompts.js';
import { openEncoder } from '../networks/text-encoder.js';
import { addImageMakerOptions, checkNoImagesMade, type ImageMakerOptions } from '../options/image-maker-options.js';
import { textPoolingOption, type TextEncoderOptions } from '../options/text-encoder-options.js';
import { withProgress } from '../terminal/progress.js';
import { UserError } from '../user-error.js';
import { writeNote } from '../terminal/output-mode.js';

interface ClipScoreOptions extends ImageMakerOptions, Pick<TextEncoderOptions, 'textPooling'> {
  prompts?: string;
  images?: string;
  network?: string;
  imageEmbeddings?: string;
  imageEncoder?: string;
  encoder?: string;
  textEncoder: string;
  prefix: string;
}

/** `onestep metrics clip-score`: how well images fit their captions, by encoders of one's own. */
export function metricsClipScoreCommand(): Command {
  const command = new Command('clip-score')
    .description(
      'measure how well images fit their captions: the mean of 100 max(cos, 0) of the embeddings of an image encoder and a text ' +
        'encoder that were trained together, such as those of CLIP, which you bring',
    )
    .option(
      '--images <path>',
      'images with captions: a data set, a folder that "edm generate --prompts" wrote, whatever "dataset convert" reads',
    )
    .option('--network <source>', 'in place of --images: a network that makes an image of each of --prompts')
    .option(
      '--image-embeddings <file>',
      'in place of images: their embeddings [N, D] in a .safetensors or .npz file, in the order of --prompts',
    )
    .option('--image-encoder <file>', 'image encoder (.onnx), such as vision_model.onnx of an exported CLIP')
    .option(
      '--encoder <settings>',
      `how the image encoder takes images: ${ENCODER_CHOICES} (default: the JSON file next to it)`,
    )
    .requiredOption(
      '--text-encoder <path>',
      'text encoder of the same pair: an .onnx file with its tokenizer.json, a folder with both, or a file of embeddings of the captions',
    )
    .addOption(textPoolingOption())
    .option(
      '--prompts <file>',
      'one for each image, in their order, in place of their own captions: text with one per line, .jsonl with "caption" or ' +
        '"prompt", or the captions of a data set',
    )
    .option('--prefix <text>', 'put before each caption, such as "a photo of"', '');
  return addImageMakerOptions(command).action(async (options: ClipScoreOptions) => {
    checkSources(options);
    if (options.network === undefined) checkNoImagesMade(command);
    const { textEncoder: textPath, textPooling, ...made } = options;
    const { prompts: file, imageEncoder, json } = options;
    const prompts = file === undefined ? undefined : await readPromptFile(file);
    await startEngine(options.backend);
    const textEncoder = withPrefix((await openEncoder({ textEncoder: textPath, textPooling }))!, options.prefix);
    const measured = await withInterrupt(async (signal) => {
      if (options.imageEmbeddings !== undefined) return scoreEmbeddings(options.imageEmbeddings, prompts!, textEncoder);
      const { extractor } = await loadEncoder(imageEncoder!, options.encoder, await sha256OfFile(imageEncoder!));
      const pairs =
        options.images === undefined
          ? await pairsOfNetwork(options.network!, prompts!, made)
          : pairsInFiles(options.images, prompts);
      for (const note of pairs.notes) writeNote(note);
      const score = await withProgress('images', (progress) =>
        measureClipScore({
          imageEncoder: extractor,
          textEncoder,
          pairs: pairs.read(signal),
          onProgress: (done) => progress.update(done, Math.max(done, pairs.count || done)),
          signal,
        }),
      );
      return { score, images: pairs.description, encoder: extractor.name, resizing: extractor.resizing };
    });
    const { score, images, encoder, resizing = null } = measured;
    const { scores: _, ...figures } = score;
    const about = { images, imageEncoder: encoder, resizing, textEncoder: textEncoder.name, prefix: options.prefix };
    if (json) console.log(JSON.stringify({ ...about, ...figures }, null, 2));
    else for (const line of describeScore(score, about)) console.log(line);
  });
}

interface NamedTexts extends TextRows {
  name: string;
}

/** @throws UserError naming the options that do not go together */
function checkSources({ images, network, imageEmbeddings, imageEncoder, encoder, prompts }: ClipScoreOptions): void {
  const given = [images, network, imageEmbeddings].filter((source) => source !== undefined).length;
  if (given !== 1) throw new UserError('Pass one of --images PATH, --network FILE and --image-embeddings FILE.', 2);
  if ((imageEncoder === undefined) !== (imageEmbeddings !== undefined)) {
    throw new UserError(
      imageEncoder === undefined
        ? 'Images are compared by an image encoder: pass --image-encoder FILE.onnx.'
        : '--image-encoder has no effect on embeddings that were made before: leave it out.',
      2,
    );
  }
  if (encoder !== undefined && imageEncoder === undefined) {
    throw new UserError('--encoder has no effect on embeddings that were made before: leave it out.', 2);
  }
  if (images === undefined && prompts === undefined) {
    throw new UserError(
      `${network === undefined ? '--image-embeddings' : '--network'} needs captions: pass --prompts FILE.`,
      2,
    );
  }
}

function withPrefix(encoder: CaptionEncoder, prefix: string): NamedTexts {
  const prepare = (caption: string) => (prefix === '' ? caption : `${prefix.trimEnd()} ${caption}`);
  const { settings } = encoder;
  return {
    name: 'name' in settings ? settings.name : settings.type,
    dim: encoder.dim,
    rows: (captions) => encoder.rows(captions.map(prepare)),
  };
}

async function scoreEmbeddings(path: string, prompts: readonly string[], texts: NamedTexts) {
  const { data, count, dim } = await readImageEmbeddings(path);
  if (dim !== texts.dim) {
    throw new UserError(
      `${path} has embeddings of ${dim} numbers, and the text encoder ${texts.name} makes ${texts.dim}: they are not of one pair.`,
    );
  }
  if (count !== prompts.length) {
    throw new UserError(`${path} has ${count} embeddings, and --prompts ${prompts.length} captions: an image each.`);
  }
  const rows = Float32Array.from((await texts.rows(prompts)).flatMap((row) => [...row]));
  return { score: clipScoreOf(data, rows, dim), images: `embedded in ${path}`, encoder: path, resizing: undefined };
}

function describeScore(
  { score, standardError, numPairs }: ClipScore,
  about: { images: string; imageEncoder: string; resizing: string | null; textEncoder: string; prefix: string },
): string[] {
  const { images, imageEncoder, resizing, textEncoder, prefix } = about;
  return [
    `CLIP score ${score.toFixed(2)} +- ${standardError.toFixed(2)} (standard error), the mean of 100 max(cos, 0) over ${numPairs} pairs`,
    `image encoder ${imageEncoder}${resizing === null ? '' : `; images resized: ${resizing}`}`,
    `text encoder ${textEncoder}${prefix === '' ? '' : `; captions begin with ${JSON.stringify(prefix)}`}`,
    `images ${images}; scores of other encoders or other captions do not compare`,
  ];
}
