import type { StatedSettings } from '../../formats/stated-settings.js';
import type { GeneratorOptions } from '../../open-network.js';

/** Settings of a conversion. */
export interface ConvertOptions extends Pick<GeneratorOptions, 'initSigma' | 'guidance' | 'methods'> {
  /** Settings of the network that its file does not state. */
  settings?: StatedSettings;
  /** Whether the weights alone are written, under the names of the published networks, without metadata. Default: false. */
  bare?: boolean;
  /** Whether float32 weights are stored as float16, in half the space. Default: false. */
  half?: boolean;
}

/** A conversion of one file. */
export interface Conversion {
  /** Path of the file to convert. */
  path: string;
  /** Path of the file or folder to write. */
  dest: string;
  options: ConvertOptions;
}

/** A format that weights can be written in. A new format is one file in this folder and one line in the registry. */
export interface OutputFormat {
  /** How the destination is recognized, for help and messages: `.onnx`. */
  ending: string;
  /** What is written, in a few words. */
  about: string;
  /** Whether this is the format for a destination, judged by its name. */
  matches(dest: string): boolean;
  /** Whether the destination is a folder. Default: false. */
  isFolder?: boolean;
  /** Settings of {@link ConvertOptions} that have an effect. */
  uses: readonly (keyof ConvertOptions)[];
  /**
   * Writes the destination, which appears complete or not at all.
   *
   * @returns what was written, one line each, for people
   * @throws CheckpointError naming the file, if it cannot be converted to this format
   */
  write(conversion: Conversion): Promise<string[]>;
}

/** Whether a name ends like this. */
export function endsWith(ending: string): (dest: string) => boolean {
  return (dest) => dest.toLowerCase().endsWith(ending);
}
