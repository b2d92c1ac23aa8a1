/** Receives reports of the progress of an installation. */
export interface InstallReport {
  /** A step is done; one line. */
  step(text: string): void;
  /** What the running step has done so far; replaces the text before. */
  progress(text: string): void;
}

/** Options of an installation. */
export interface InstallOptions {
  /** For `tensorflow`: with CUDA, for an NVIDIA GPU. Default: false. */
  cuda?: boolean;
  /** The folder of all engines. Default: `$ONESTEP_ENGINES`, or `engines` in onestep's cache folder. */
  folder?: string;
  /** Wheels on this machine, which are not downloaded then. */
  wheels?: readonly string[];
  /** For `tensorflow`: the folder `tensorflow` of a Python installation, which is used in its place. */
  tensorflow?: string;
  /** Whether an engine that is ready is installed again. Default: false. */
  force?: boolean;
  /** Stops the installation, which then leaves nothing but partial downloads. */
  signal?: AbortSignal;
  report?: InstallReport;
}
