import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LEFT_OUT, nameOf, PLATFORMS, upstreamFolderOf, type Platform } from './platforms.js';
import { recordedChecksums, sha256, upstreamFile, type Checksums } from './upstream.js';

const FILES = fileURLToPath(new URL('files', import.meta.url));
const MAIN = '@onestep/onnxruntime';
const MODULES = ['backend', 'index', 'version']
  .flatMap((name) => [`dist/${name}.js`, `dist/${name}.d.ts`])
  .concat('dist/binding.d.ts');
const BINDING = 'dist/binding.js';

/** The line of upstream's binding.js that loads the native files, and ours. */
const UPSTREAM_LINE = 'require(`../bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`);';
const OUR_LINE = "require('./native-binding.js');";

const COMMON = {
  license: 'MIT',
  type: 'commonjs',
  engines: { node: '>=20.19' },
  homepage: 'https://onnxruntime.ai',
  publishConfig: { access: 'public' },
};

/** Where a file comes from. Files without `from` are ours. */
type Provenance = Record<string, { from?: string; sha256: string; changed?: string }>;

/**
 * Writes the folder of `@onestep/onnxruntime`, which has upstream's modules and the platform packages as optional dependencies.
 *
 * @returns the folder
 */
export function writeMainPackage(destination: string): string {
  const checksums = recordedChecksums();
  const { version } = checksums;
  const folder = newFolder(destination, MAIN);
  mkdirSync(join(folder, 'dist'));
  const files: Provenance = {};
  for (const from of MODULES) {
    const contents = upstreamFile(from, checksums);
    files[from] = { from, sha256: checksums.files[from]! };
    writeFileSync(join(folder, from), contents);
  }
  const binding = withOurLine(upstreamFile(BINDING, checksums).toString('utf8'));
  writeFileSync(join(folder, BINDING), binding);
  files[BINDING] = { from: BINDING, sha256: sha256(binding), changed: `${OUR_LINE} in place of ${UPSTREAM_LINE}` };
  const ours = readFileSync(join(FILES, 'native-binding.cjs'));
  writeFileSync(join(folder, 'dist/native-binding.js'), ours);
  files['dist/native-binding.js'] = { sha256: sha256(ours) };
  writeJson(join(folder, 'package.json'), {
    name: MAIN,
    version,
    description:
      "ONNX Runtime for Node: the modules of onnxruntime-node, and only this platform's files, without an install script",
    ...COMMON,
    main: './dist/index.js',
    types: './dist/index.d.ts',
    dependencies: { 'onnxruntime-common': version },
    optionalDependencies: Object.fromEntries(PLATFORMS.map((platform) => [nameOf(platform), version])),
  });
  writeTexts(folder, MAIN, mainReadme(version), { checksums, files });
  return folder;
}

/**
 * Writes the folder of one platform's package: its native files, unchanged.
 *
 * @returns the folder
 */
export function writePlatformPackage(destination: string, platform: Platform): string {
  const checksums = recordedChecksums();
  const name = nameOf(platform);
  const folder = newFolder(destination, name);
  const files: Provenance = {};
  for (const file of platform.files) {
    const from = `${upstreamFolderOf(platform)}/${file}`;
    writeFileSync(join(folder, file), upstreamFile(from, checksums));
    files[file] = { from, sha256: checksums.files[from]! };
  }
  const leftOut = Object.fromEntries(
    Object.keys(checksums.files)
      .filter((path) => path.startsWith(upstreamFolderOf(platform)) && !platform.files.includes(basename(path)))
      .map((path) => [basename(path), reasonFor(path)]),
  );
  writeJson(join(folder, 'package.json'), {
    name,
    version: checksums.version,
    description: `The native files of ONNX Runtime for ${platform.os} on ${platform.cpu}`,
    ...COMMON,
    main: './onnxruntime_binding.node',
    os: [platform.os],
    cpu: [platform.cpu],
    ...(platform.libc && { libc: [platform.libc] }),
    // Files that a program loads by path have to lie in a folder.
    preferUnplugged: true,
  });
  writeTexts(folder, name, platformReadme(platform, checksums.version), { checksums, files, leftOut });
  return folder;
}

/** @throws where a new version of upstream has a file that nobody decided about */
function reasonFor(path: string): string {
  const reason = LEFT_OUT[basename(path)];
  if (reason === undefined) throw new Error(`Say in platforms.ts whether ${path} is packaged or left out.`);
  return reason;
}

function withOurLine(text: string): string {
  const parts = text.split(UPSTREAM_LINE);
  if (parts.length !== 2) throw new Error(`onnxruntime-node's ${BINDING} does not have the line ${UPSTREAM_LINE}`);
  return parts.join(OUR_LINE);
}

function newFolder(destination: string, name: string): string {
  const folder = join(destination, name.slice('@onestep/'.length));
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** What `provenance.json` says. */
interface Origin {
  checksums: Checksums;
  files: Provenance;
  leftOut?: Record<string, string>;
}

function writeTexts(folder: string, name: string, readme: string, { checksums, files, leftOut }: Origin): void {
  const { version, integrity } = checksums;
  writeFileSync(join(folder, 'README.md'), `# ${name}\n\n${readme}`);
  for (const text of ['LICENSE', 'ThirdPartyNotices.txt']) copyFileSync(join(FILES, text), join(folder, text));
  const upstream = { name: 'onnxruntime-node', version, integrity };
  writeJson(join(folder, 'provenance.json'), { upstream, files, ...(leftOut && { leftOut }) });
}

const writeJson = (file: string, value: object) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

const ORIGIN = `The files are Microsoft's, under its MIT license (\`LICENSE\`, \`ThirdPartyNotices.txt\`). \`provenance.json\` names the file of
onnxruntime-node that each of them is, with its SHA-256.
`;

const mainReadme = (version: string) => `[ONNX Runtime](https://onnxruntime.ai) ${version} for Node, repackaged from
[onnxruntime-node](https://www.npmjs.com/package/onnxruntime-node) for \`@onestep/tfjs-backend-ort\`. Installing it runs no script,
needs nothing but the npm registry, and brings the files of one platform instead of all. It has the CPU and WebGPU execution providers.
For CUDA or DirectML install onnxruntime-node.

${ORIGIN}`;

const platformReadme = (
  { os, cpu }: Platform,
  version: string,
) => `The native files of [ONNX Runtime](https://onnxruntime.ai) ${version}
for ${os} on ${cpu}. Install \`@onestep/onnxruntime\`, which has this package as an optional dependency.

${ORIGIN}`;
