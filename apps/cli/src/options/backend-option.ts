import { Option } from 'commander';
import { BACKEND_NAMES, type BackendName } from '@onestep/backends';

/** The option that every computing command has. */
export interface BackendOption {
  /** The engine that computes. */
  backend: BackendName;
}

/** `--backend`, for {@link startEngine}. */
export function backendOption(): Option {
  return new Option('--backend <name>', 'the engine that computes').choices(BACKEND_NAMES).default('ort');
}
