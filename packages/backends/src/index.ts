export { BackendError } from './backend-error.js';
export { BACKEND_NAMES, isBackendName, startBackend, type BackendName } from './start-backend.js';
export type { StartedBackend } from './started-backend.js';
export { useSoftwareVulkanDriver } from './vulkan-driver.js';
