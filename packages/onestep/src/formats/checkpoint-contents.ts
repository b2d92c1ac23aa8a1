import {
  listStateDicts,
  OrderedDict,
  type FoundStateDict,
  type PythonValue,
  type Safetensors,
  type StateDict,
} from '@onestep/checkpoint';

/** The decoded parts of a {@link CheckpointContents}. */
export interface CheckpointParts {
  /** The value of a PyTorch file. */
  python?: PythonValue;
  /** The contents of a safetensors file. */
  safetensors?: Safetensors;
  /**
   * JSON files of a folder, parsed, by their path in it (`unet/config.json`). A file `x.pt` with a file `x.json` next to it has
   * that one under the name of the file, `x.json`.
   */
  json?: Readonly<Record<string, unknown>>;
}

/**
 * What is in a checkpoint, decoded and not yet interpreted: a file, or a folder with its configuration and its weights. The
 * elements of a tensor are read each time they are accessed.
 */
export class CheckpointContents {
  /** The value of a PyTorch file; undefined for safetensors. */
  readonly python: PythonValue | undefined;
  /** Metadata of a safetensors file, also of one that was converted to `.pth`; empty for others. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly json: Readonly<Record<string, unknown>>;
  private readonly safetensors: Safetensors | undefined;
  private found: FoundStateDict[] | undefined;

  /** @param name of the file, for messages */
  constructor(
    readonly name: string,
    { python, safetensors, json = {} }: CheckpointParts,
  ) {
    this.python = python;
    this.metadata = safetensors?.metadata ?? metadataOf(python);
    this.json = json;
    this.safetensors = safetensors;
  }

  /**
   * The state dicts, with the names in the file: that of a safetensors file, or those that a PyTorch file is or contains, the
   * averaged weights first (see `listStateDicts`). Empty if there is none.
   */
  get stateDicts(): readonly FoundStateDict[] {
    const { safetensors, python = null } = this;
    this.found ??=
      safetensors === undefined ? listStateDicts(python) : [{ path: '', tensors: safetensors.tensors, undecoded: {} }];
    return this.found;
  }

  /** The tensors of the first of {@link stateDicts}. */
  get tensors(): StateDict {
    return this.stateDicts[0]?.tensors ?? {};
  }
}

/** Metadata of a safetensors file that was converted to a PyTorch file: see `safetensorsToTorch`. */
function metadataOf(python: PythonValue | undefined): Record<string, string> {
  const metadata = python instanceof OrderedDict ? python.attributes.get('metadata') : undefined;
  const entries = metadata instanceof Map ? [...metadata] : [];
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry.every((part) => typeof part === 'string')),
  );
}
