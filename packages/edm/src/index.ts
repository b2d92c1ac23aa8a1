export { PreconditionedNetwork } from './preconditioned-network.js';
export { settingsFromPublished } from './published-settings.js';
