import { Option } from 'commander';
import { BACKEND_NAMES, type BackendName } from '@onestep/backends';

/** The engine that needs nothing installed and is fastest on a CPU. */
export const DEFAULT_BACKEND: BackendName = 'ort';

/** The option that every computing command has. */
export interface BackendOption {
  /** The engine that computes. */
  backend: BackendName;
}

/** `--backend`, for {@link startEngine}. */
export function backendOption(): Option {
  return new Option('--backend <name>', 'the engine that computes; auto says which it chose and why')
    .choices(BACKEND_NAMES)
    .default(DEFAULT_BACKEND);
}
