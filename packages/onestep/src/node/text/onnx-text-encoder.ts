import type { OnnxInput, OnnxModel, OnnxValue } from '@onestep/backends/onnx';
import { plainCaption, quoteCaption } from '@onestep/checkpoint';
import type { CaptionEncoder, ExternalEncoderSettings } from '@onestep/diffusion-core';
import { poolMean } from '../../text/pool-mean.js';
import type { TextPooling } from '../../text/tabulate-embeddings.js';
import type { CaptionTokenizer, TextTokens } from './caption-tokenizer.js';

/** Outputs that are the embedding of a text, by the names of the usual exports, the best first. */
const POOLED = ['text_embeds', 'text_embeddings', 'sentence_embedding', 'pooler_output', 'pooled_output'];
/** Outputs that have an embedding of each token. */
const TOKENS = ['last_hidden_state', 'token_embeddings', 'hidden_states'];

/** Arguments of {@link OnnxTextEncoder.open}. */
export interface OnnxTextEncoderArgs {
  model: OnnxModel;
  tokenizer: CaptionTokenizer;
  name: string;
  /** SHA-256 of what it consists of. */
  digest: string;
  /** The model's file, for messages. */
  source: string;
  /** `mean` takes the mean over the tokens, even where the model has an embedding of the text. */
  pooling?: TextPooling;
}

/** What a model takes and returns. */
interface Ports {
  /** What is passed to each input. */
  inputs: { name: string; type: 'int64' | 'int32'; tokens: keyof TextTokens }[];
  output: string;
  /** Length that the tokens must have; undefined for any. */
  length: number | undefined;
  /** Number of texts that a run takes: always 1, unless the model was exported for another. */
  batch: number;
}

/**
 * A text encoder in an ONNX file, with its tokenizer: CLIP's text model, T5's encoder, BERT, MiniLM. Texts are encoded one by one, so
 * that an embedding does not depend on the other texts. The embedding is the output that the model has for a text,
 * otherwise the mean over the tokens.
 */
export class OnnxTextEncoder implements CaptionEncoder {
  private constructor(
    readonly settings: ExternalEncoderSettings,
    private readonly model: OnnxModel,
    private readonly tokenizer: CaptionTokenizer,
    private readonly ports: Ports,
    private readonly source: string,
  ) {}

  get dim(): number {
    return this.settings.size;
  }

  /**
   * Finds the inputs and the output of a model, and encodes a text to learn the length of an embedding.
   *
   * @throws RangeError naming the file, and the input or output that does not fit
   */
  static async open({
    model,
    tokenizer,
    name,
    digest,
    source,
    pooling,
  }: OnnxTextEncoderArgs): Promise<OnnxTextEncoder> {
    const settings: ExternalEncoderSettings = { type: 'onnx', name, size: 0, digest, scale: 1 };
    const encoder = new OnnxTextEncoder(settings, model, tokenizer, findPorts(model, source, pooling), source);
    settings.size = (await encoder.embed('a')).length;
    return encoder;
  }

  /** @throws RangeError if an embedding has a number that is not finite */
  async rows(captions: readonly string[]): Promise<Float32Array[]> {
    const rows: Float32Array[] = [];
    for (const caption of captions.map(plainCaption)) {
      rows.push(caption === '' ? new Float32Array(this.dim) : await this.embed(caption));
    }
    return rows;
  }

  /** Frees the model. */
  async dispose(): Promise<void> {
    await this.model.dispose();
  }

  private async embed(text: string): Promise<Float32Array> {
    const { inputs, output, length, batch } = this.ports;
    const tokens = this.tokenizer.encode(text, length);
    const feeds = inputs.map(({ name, type, tokens: part }): [string, OnnxInput] => {
      const numbers = Array.from({ length: batch }, () => tokens[part]).flat();
      const data = type === 'int64' ? BigInt64Array.from(numbers, BigInt) : Int32Array.from(numbers);
      return [name, { data, shape: [batch, tokens.ids.length] }];
    });
    const { data, shape } = (await this.model.run(Object.fromEntries(feeds), [output]))[output]!;
    const size = shape.at(-1)!;
    const pooled = shape.length === 3 ? poolMean(data, [1, shape[1]!, size], tokens.mask) : data.slice(0, size);
    const wrong = pooled.find((value) => !Number.isFinite(value));
    if (wrong === undefined) return pooled;
    throw new RangeError(`${this.source}: the embedding of ${quoteCaption(text)} has a number that is ${wrong}.`);
  }
}

function findPorts(model: OnnxModel, source: string, pooling: TextPooling | undefined): Ports {
  const fail = (what: string): never => {
    throw new RangeError(`${source}: ${what}.`);
  };
  const inputs = model.inputs.map(({ name, type }) => {
    const tokens = tokensOf(name);
    if (tokens === undefined) {
      return fail(
        `it has an input ${name}, and a text encoder takes input_ids, attention_mask and token_type_ids. Export the text encoder alone`,
      );
    }
    if (type !== 'int64' && type !== 'int32') return fail(`its input ${name} is ${type}, expected int64 or int32`);
    return { name, type, tokens } as const;
  });
  const ids = model.inputs.find(({ name }) => tokensOf(name) === 'ids');
  if (ids === undefined) return fail('it has no input input_ids, so that it is not a text encoder');
  if (ids.shape.length !== 2) fail(`its input ${ids.name} has shape [${ids.shape.join(', ')}], expected [N, L]`);
  const [batch, length] = ids.shape.map((axis) => (typeof axis === 'number' && axis > 0 ? axis : undefined));
  return { inputs, output: findOutput(model.outputs, pooling, fail), length, batch: batch ?? 1 };
}

/** Which numbers an input takes, by its name in the usual exports. */
function tokensOf(name: string): keyof TextTokens | undefined {
  if (/^(input_?ids?|input|tokens|text)$/i.test(name)) return 'ids';
  if (/mask$/i.test(name)) return 'mask';
  return /^(token_type|segment)_?ids?$/i.test(name) ? 'types' : undefined;
}

function findOutput(
  outputs: readonly OnnxValue[],
  pooling: TextPooling | undefined,
  fail: (what: string) => never,
): string {
  const floats = outputs.filter(({ type }) => type === 'float32');
  const known = (names: readonly string[], rank: number) => {
    const ofRank = floats.filter(({ shape }) => shape.length === rank);
    const named = names
      .map((name) => ofRank.find((output) => output.name === name))
      .find((output) => output !== undefined);
    return named ?? (ofRank.length === 1 ? ofRank[0] : undefined);
  };
  const found = (pooling === 'mean' ? undefined : known(POOLED, 2)) ?? known(TOKENS, 3);
  if (found !== undefined) return found.name;
  const half = outputs.find(({ name, type }) => type === 'float16' && [...POOLED, ...TOKENS].includes(name));
  if (half !== undefined) return fail(`its output ${half.name} is float16: export the text encoder in float32`);
  const listed = outputs.map(({ name, type, shape }) => `${name} (${type} [${shape.join(', ')}])`).join(', ');
  return fail(
    `it has the outputs ${listed}, and ${pooling === 'mean' ? 'none' : 'none is float32 [N, E], and none'} is float32 [N, L, E]: ` +
      'call the one with the embeddings text_embeds, or last_hidden_state',
  );
}
