import { plainCaption, quoteCaption } from '@onestep/checkpoint';
import type { CaptionEncoder, ExternalEncoderSettings } from '@onestep/diffusion-core';
import { nearestCaptions } from './nearest-captions.js';

/** A caption and its embedding. */
export type EmbeddedCaption = readonly [caption: string, row: Float32Array];

/** Embeddings of captions that were made before: encodes those captions, and no other. */
export class EmbeddingTable implements CaptionEncoder {
  readonly dim: number;
  private readonly rowOf: ReadonlyMap<string, Float32Array>;

  /**
   * @param embedded each caption once, or with the same embedding each time
   * @param source the file's name, for messages
   * @throws RangeError if two embeddings of a caption differ
   */
  constructor(
    readonly settings: ExternalEncoderSettings,
    embedded: Iterable<EmbeddedCaption>,
    private readonly source: string,
  ) {
    this.dim = settings.size;
    const rowOf = new Map<string, Float32Array>();
    for (const [caption, row] of embedded) {
      const key = plainCaption(caption);
      const known = rowOf.get(key);
      if (known !== undefined && row.some((value, i) => value !== known[i])) {
        throw new RangeError(`${source} has two different embeddings of ${quoteCaption(caption)}. Keep one of them.`);
      }
      rowOf.set(key, row);
    }
    this.rowOf = rowOf;
  }

  /** The captions that it has embeddings of. */
  get captions(): string[] {
    return [...this.rowOf.keys()];
  }

  knows(caption: string): boolean {
    return plainCaption(caption) === '' || this.rowOf.has(plainCaption(caption));
  }

  async rows(captions: readonly string[]): Promise<Float32Array[]> {
    const missing = [...new Set(captions)].filter((caption) => !this.knows(caption));
    if (missing.length > 0) throw this.missingError(missing, new Set(captions).size);
    // An empty caption is the null label, even where the file has an embedding of it.
    return captions.map((caption) => {
      const key = plainCaption(caption);
      return key === '' ? new Float32Array(this.dim) : this.rowOf.get(key)!;
    });
  }

  private missingError(missing: readonly string[], asked: number): RangeError {
    const example = quoteCaption(missing[0]!);
    const which =
      missing.length === 1 ? `${example} is` : `${missing.length} of ${asked} captions, such as ${example}, are`;
    const near = nearestCaptions(missing[0]!, this.rowOf.keys()).map(quoteCaption);
    const nearest = near.length === 0 ? '' : ` The nearest: ${near.join(', ')}.`;
    return new RangeError(
      `${which} not among the ${this.rowOf.size} prompts of ${this.source}.${nearest} Add the embedding to the file, or ` +
        'take an encoder that encodes any text, such as an ONNX file.',
    );
  }
}
