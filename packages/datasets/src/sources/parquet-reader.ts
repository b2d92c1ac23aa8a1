import { parseJson } from '@onestep/checkpoint';
import {
  parquetMetadataAsync,
  parquetRead,
  type AsyncBuffer,
  type FileMetaData,
  type ParquetReadOptions,
} from 'hyparquet';
import { compressors as knownCompressors } from 'hyparquet-compressors';
import { isBomb } from '../decoding/size-limits.js';
import type { SourceFiles } from '../files/source-files.js';
import { decodeText } from '../files/text.js';

/** Bytes of a row group, which is in memory at once. */
const MAX_GROUP_BYTES = 2 ** 30;
const MAX_ROWS = 2 ** 31;

type Compressors = NonNullable<ParquetReadOptions['compressors']>;

/** A column of a table, as far as images and labels need it. */
export interface ParquetColumn {
  name: string;
  /** Whether its values are bytes, or records with `bytes`. */
  isBytes: boolean;
  isRecord: boolean;
}

/** A Parquet file whose columns are read one row group after another. */
export class ParquetReader {
  private constructor(
    readonly source: string,
    private readonly file: AsyncBuffer,
    private readonly metadata: FileMetaData,
    readonly numRows: number,
  ) {}

  /** @throws if the file is damaged, or its parts have impossible sizes */
  static async open(files: SourceFiles, name: string): Promise<ParquetReader> {
    const source = files.describe(name);
    const byteLength = files.size(name);
    const slice = (start: number, end = byteLength) => toArrayBuffer(files.readPart(name, start, end - start));
    const file = { byteLength, slice };
    const metadata = await parquetMetadataAsync(file).catch((error: unknown) => {
      throw damageError(source, error);
    });
    checkSizes(metadata, byteLength, source);
    return new ParquetReader(source, file, metadata, Number(metadata.num_rows));
  }

  /** The columns at the top. */
  columns(): ParquetColumn[] {
    const { schema } = this.metadata;
    const columns: ParquetColumn[] = [];
    let at = 1;
    const countBelow = (index: number): number => {
      let end = index + 1;
      for (let i = 0; i < (schema[index]?.num_children ?? 0) && end < schema.length; i++) end = countBelow(end);
      return end;
    };
    while (at < schema.length) {
      const { name, type, num_children: children = 0 } = schema[at]!;
      const inside = schema.slice(at + 1, countBelow(at));
      const isRecord = children > 0 && inside.some((child) => child.name === 'bytes');
      columns.push({ name, isBytes: isRecord || type === 'BYTE_ARRAY', isRecord });
      at = countBelow(at);
    }
    return columns;
  }

  /** The features that Hugging Face describes, by column; empty for none. */
  features(): Record<string, Feature> {
    const text = this.metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
    if (text === undefined) return {};
    try {
      const { info } = parseJson(text) as { info?: { features?: unknown } };
      const features = info?.features;
      return typeof features === 'object' && features !== null ? (features as Record<string, Feature>) : {};
    } catch {
      return {};
    }
  }

  /**
   * Reads all rows, of a table without images. Bytes are text.
   *
   * @throws if the file is damaged
   */
  async rows(): Promise<Record<string, unknown>[]> {
    const rows: Record<string, unknown>[] = [];
    for (const { name } of this.columns()) {
      let at = 0;
      for await (const group of this.values(name)) {
        for (let i = 0; i < group.length; i++) {
          const value = group[i];
          const row = (rows[at++] ??= {});
          row[name] = value instanceof Uint8Array ? decodeText(value) : value;
        }
      }
    }
    return rows;
  }

  /**
   * Reads a column, one row group at a time.
   *
   * @throws if the file is damaged
   */
  async *values(column: string): AsyncGenerator<ArrayLike<unknown>> {
    let rowStart = 0;
    for (const group of this.metadata.row_groups) {
      const rowEnd = rowStart + Number(group.num_rows);
      const bytes = group.columns
        .filter(({ meta_data: meta }) => meta?.path_in_schema[0] === column)
        .reduce((sum, { meta_data: meta }) => sum + Number(meta!.total_uncompressed_size), 0);
      if (bytes > MAX_GROUP_BYTES) {
        throw new Error(
          `${this.source}: a row group has ${bytes} bytes of ${column}, more than ${MAX_GROUP_BYTES}; write the file with smaller row ` +
            'groups (row_group_size=1000).',
        );
      }
      let rows: unknown[][] = [];
      const onComplete = (read: unknown[][]) => void (rows = read);
      const { file, metadata } = this;
      try {
        await parquetRead({
          file,
          metadata,
          columns: [column],
          rowStart,
          rowEnd,
          compressors,
          utf8: false,
          onComplete,
        });
      } catch (error) {
        throw damageError(this.source, error);
      }
      if (rows.length !== rowEnd - rowStart)
        throw damageError(this.source, new Error(`${rows.length} rows, not ${rowEnd - rowStart}`));
      yield rows.map(([value]) => value);
      rowStart = rowEnd;
    }
  }
}

/** What Hugging Face says about a column. */
export interface Feature {
  _type?: string;
  names?: unknown;
}

/** Decompressors that unpack to what their data can have, and no more. */
const compressors: Compressors = Object.fromEntries(
  Object.entries(knownCompressors as Compressors).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, length: number) => {
      if (isBomb(input.length, length)) throw new Error(`a page of ${input.length} bytes states ${length}`);
      return decompress!(input, length);
    },
  ]),
);

function checkSizes(metadata: FileMetaData, byteLength: number, source: string): void {
  const rows = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  if (rows !== Number(metadata.num_rows) || rows > MAX_ROWS) {
    throw damageError(source, new Error(`it states ${metadata.num_rows} rows, and its row groups ${rows}`));
  }
  for (const { columns } of metadata.row_groups) {
    for (const { meta_data: meta } of columns) {
      const size = Number(meta?.total_compressed_size ?? -1);
      if (!(size >= 0 && size <= byteLength)) throw damageError(source, new Error('a column lies outside the file'));
    }
  }
}

function damageError(source: string, error: unknown): Error {
  // hyparquet finds some damage by the errors of JavaScript, which say nothing to a reader.
  const { message } = error as Error;
  const isForeign = error instanceof TypeError || error instanceof RangeError || /undefined|null|NaN/.test(message);
  const what = isForeign ? 'its contents are damaged' : message;
  return new Error(`${source}: not a Parquet file that can be read (${what}).`, { cause: error });
}

function toArrayBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  const isWhole = byteOffset === 0 && byteLength === buffer.byteLength;
  return (isWhole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer;
}
