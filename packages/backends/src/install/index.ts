export { PREPARED_ENGINES, enginesFolder } from '@onestep/tfjs-backend-ort/engine-folder';
export type { EngineRecord, PreparedEngine } from '@onestep/tfjs-backend-ort/engine-folder';
export { BackendError } from '../backend-error.js';
export type { EngineName } from '../backend-names.js';
export { installEngine, type InstalledEngine } from './install-engine.js';
export type { InstallOptions, InstallReport } from './install-options.js';
export { listEngines, type ListedEngine } from './list-engines.js';
export { hasNvidiaDriver } from '../node/nvidia-driver.js';
export type { Probe } from './probe.js';
