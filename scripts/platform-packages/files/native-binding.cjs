'use strict';
// Loads ONNX Runtime's native files for this machine from the platform package that has them.
const { optionalDependencies, version } = require('../package.json');

const platform = `${process.platform}-${process.arch}`;
const name = `@onestep/onnxruntime-${platform}`;

module.exports = load();

function load() {
  if (!(name in optionalDependencies)) {
    const known = Object.keys(optionalDependencies).map((other) => other.replace('@onestep/onnxruntime-', ''));
    throw new Error(`it has no files for ${platform}, only for ${known.join(', ')}. ${instead()}`);
  }
  if (usesMusl()) {
    throw new Error(
      `its files for ${platform} need glibc, and this system has musl (Alpine Linux, for example). ${instead()}`,
    );
  }
  try {
    return require(`${name}/onnxruntime_binding.node`);
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
    throw new Error(
      `the package ${name} is not installed. npm leaves it out with --omit=optional, and where node_modules or the lockfile ` +
        `comes from another platform. Install it: npm install ${name}@${version}`,
      { cause: error },
    );
  }
}

function usesMusl() {
  return process.platform === 'linux' && process.report.getReport().header.glibcVersionRuntime === undefined;
}

function instead() {
  return "Use another engine, such as the backend 'wasm' or 'cpu' of @onestep/backends.";
}
