export { readCheckpoint } from '../files/read-checkpoint.js';
export { cacheFolder } from './cache-folder.js';
export { downloadToCache } from './cached-download.js';
export { contentDigest, sha256OfFile, type DigestOptions } from './content-digest.js';
export { networkPath } from './network-path.js';
export { findRunSnapshot, type RunSnapshot } from './run-snapshot.js';
