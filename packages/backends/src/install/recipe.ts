import type { InstallReport } from './install-options.js';
import type { WheelPlatform } from './platform.js';
import type { Tool } from './tools.js';
import type { NeededWheel } from './wheel-index.js';

/** What a recipe is given to finish an engine. */
export interface BuildInput {
  /** The engine's folder, which has the unpacked wheels and the npm packages. */
  folder: string;
  platform: WheelPlatform;
  compiler: Tool | null;
  report?: InstallReport;
  signal?: AbortSignal;
}

/** How an engine is prepared. */
export interface Recipe {
  wheels: readonly NeededWheel[];
  /** Which files of the wheels are unpacked, by their names. */
  wanted(name: string): boolean;
  /** npm packages, by name. */
  packages: Record<string, string>;
  overrides: Record<string, string>;
  compiles: boolean;
  /** Finishes the folder. Returns the libraries to load before the engine, relative to the folder. */
  build(input: BuildInput): Promise<string[]>;
}
