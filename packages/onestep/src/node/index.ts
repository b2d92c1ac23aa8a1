export { readCheckpoint } from '../files/read-checkpoint.js';
export { cacheFolder } from './cache-folder.js';
export { downloadToCache } from './cached-download.js';
export { sha256OfFile } from './checksum.js';
