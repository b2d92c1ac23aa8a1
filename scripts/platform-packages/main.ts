/**
 * Writes the packages that bring ONNX Runtime to users: `@onestep/onnxruntime` and one package for each platform.
 *
 *   npm run platform-packages -- FOLDER               all of them
 *   npm run platform-packages -- FOLDER linux-x64     only these platforms
 *   npm run platform-packages -- --record             after an upgrade of onnxruntime-node
 */
import { PLATFORMS } from './platforms.js';
import { recordChecksums } from './upstream.js';
import { writeMainPackage, writePlatformPackage } from './write-packages.js';

const [folder, ...names] = process.argv.slice(2);
const known = new Map(PLATFORMS.map((platform) => [`${platform.os}-${platform.cpu}`, platform]));
const unknown = names.filter((name) => !known.has(name));
if (folder === '--record') {
  recordChecksums();
} else if (folder === undefined || folder.startsWith('-') || unknown.length > 0) {
  console.error(`Usage: npm run platform-packages -- FOLDER [${[...known.keys()].join(' | ')}]...`);
  process.exitCode = 2;
} else {
  console.log(writeMainPackage(folder));
  for (const [name, platform] of known) {
    if (names.length === 0 || names.includes(name)) console.log(writePlatformPackage(folder, platform));
  }
}
