export { BackendError } from './backend-error.js';
export type { BackendName } from './backend-names.js';
export { BACKEND_NAMES, isBackendName, startBackend } from './node/start-backend.js';
export type { BackendOptions, StartedBackend } from './started-backend.js';
