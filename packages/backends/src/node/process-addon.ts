import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { engineFolder } from '@onestep/tfjs-backend-ort/engine-folder';

/** What `onestep engine install tensorflow` compiles next to tfjs-node's binding (see `install/process-addon.ts`). */
interface ProcessAddon {
  /** Calls `work` while the process writes nothing to its standard error. */
  quietly<T>(work: () => T): T;
  /** Sets an environment variable of the process. */
  setVariable(name: string, value: string): void;
}

/** The addon of the prepared TensorFlow; null if there is none. */
export function openProcessAddon(): ProcessAddon | null {
  const path = join(engineFolder('tensorflow'), 'process-addon.node');
  return existsSync(path) ? (createRequire(import.meta.url)(path) as ProcessAddon) : null;
}
