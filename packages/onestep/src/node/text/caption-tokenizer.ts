import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseJson } from '@onestep/checkpoint';
import { readRegularFile } from '@onestep/checkpoint/node';

/** What a text encoder reads of a text: L numbers each. */
export interface TextTokens {
  ids: number[];
  /** 1 for a token, 0 for padding. */
  mask: number[];
  /** Number of the text that a token belongs to; 0 everywhere. */
  types: number[];
}

/** Settings of `tokenizer.json` that its library leaves to its callers. */
interface TokenizerJson {
  truncation?: { max_length: number; direction?: 'Left' | 'Right' } | null;
  padding?: {
    strategy: 'BatchLongest' | { Fixed: number };
    direction?: 'Left' | 'Right';
    pad_to_multiple_of?: number | null;
    pad_id: number;
    pad_type_id: number;
  } | null;
}

/** What is needed of `@huggingface/tokenizers`. */
interface TokenizerLibrary {
  encode(text: string, options?: { add_special_tokens?: boolean }): { ids: number[] };
  token_to_id(token: string): number | undefined;
}

/** A model that states no length has this one, or larger, in `tokenizer_config.json`. */
const NO_LENGTH = 1e6;

/** A tokenizer of a `tokenizer.json`, with the truncation and the padding of the library `tokenizers` of Python. */
export class CaptionTokenizer {
  private constructor(
    private readonly library: TokenizerLibrary,
    private readonly json: TokenizerJson,
    private readonly config: { model_max_length?: number; pad_token?: string | { content: string } | null },
  ) {}

  /**
   * Opens the `tokenizer.json` of a text encoder, and `tokenizer_config.json` next to it if it is there.
   *
   * @throws RangeError naming the file if it is not such a tokenizer; Error that says what to install, if the package
   *   `@huggingface/tokenizers` is missing
   */
  static async open(path: string): Promise<CaptionTokenizer> {
    const { Tokenizer } = await importLibrary();
    const json = readJson(path);
    const configPath = join(dirname(path), 'tokenizer_config.json');
    const config = existsSync(configPath) ? readJson(configPath) : {};
    try {
      return new CaptionTokenizer(new Tokenizer(json, config), json as TokenizerJson, config);
    } catch (error) {
      throw new RangeError(`${path} is not a tokenizer of Hugging Face: ${(error as Error).message}`, { cause: error });
    }
  }

  /**
   * Splits a text into tokens.
   *
   * @param length of the result, where the text encoder takes no other
   */
  encode(text: string, length?: number): TextTokens {
    const { truncation, padding } = this.json;
    const ids = this.truncate(text, Math.min(length ?? Infinity, truncation?.max_length ?? this.modelLength));
    const missing = (length ?? this.paddedLength(ids.length)) - ids.length;
    const fill = (value: number) => new Array<number>(Math.max(0, missing)).fill(value);
    const extend = (values: number[], value: number) =>
      padding?.direction === 'Left' ? [...fill(value), ...values] : [...values, ...fill(value)];
    return {
      ids: extend(ids, padding?.pad_id ?? this.padId),
      mask: extend(new Array<number>(ids.length).fill(1), 0),
      types: extend(new Array<number>(ids.length).fill(0), padding?.pad_type_id ?? 0),
    };
  }

  /** Cuts a text's own tokens, and keeps those that the tokenizer adds before and after it. */
  private truncate(text: string, maxLength: number): number[] {
    const { ids } = this.library.encode(text);
    if (ids.length <= maxLength) return ids;
    const own = this.library.encode(text, { add_special_tokens: false }).ids;
    const kept = Math.max(0, maxLength - (ids.length - own.length));
    const before = ids.findIndex((_, start) => own.every((id, i) => ids[start + i] === id));
    const cut = this.json.truncation?.direction === 'Left' ? own.slice(own.length - kept) : own.slice(0, kept);
    return [...ids.slice(0, before), ...cut, ...ids.slice(before + own.length)];
  }

  private paddedLength(length: number): number {
    const { padding } = this.json;
    if (!padding) return length;
    const multiple = padding.pad_to_multiple_of || 1;
    const least = typeof padding.strategy === 'object' ? padding.strategy.Fixed : length;
    return Math.ceil(Math.max(least, length) / multiple) * multiple;
  }

  private get modelLength(): number {
    const { model_max_length: length } = this.config;
    return typeof length === 'number' && length < NO_LENGTH ? length : Infinity;
  }

  private get padId(): number {
    const token = this.config.pad_token;
    return this.library.token_to_id((typeof token === 'object' ? token?.content : token) ?? '') ?? 0;
  }
}

async function importLibrary(): Promise<{ Tokenizer: new (json: object, config: object) => TokenizerLibrary }> {
  try {
    return await import('@huggingface/tokenizers');
  } catch (error) {
    throw new Error(
      'A text encoder of ONNX needs the package @huggingface/tokenizers, which splits texts into tokens: npm install ' +
        '@huggingface/tokenizers, with -g where onestep was installed so. Or encode the prompts before, into a file of embeddings.',
      { cause: error },
    );
  }
}

function readJson(path: string): object {
  try {
    return Object(parseJson(readRegularFile(path).toString('utf8'))) as object;
  } catch (error) {
    throw new RangeError(`${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}
