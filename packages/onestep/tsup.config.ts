import { library } from '../../tsup.base';

export default library({
  entry: {
    index: 'src/index.ts',
    method: 'src/method.ts',
    'node/index': 'src/node/index.ts',
    'host/node': 'src/host/node.ts',
    'host/browser': 'src/host/browser.ts',
  },
  // Whoever imports the package decides which of the two hosts is used: see "imports" in package.json.
  external: ['#host'],
  dts: { compilerOptions: { customConditions: [], noCheck: true, paths: { '#host': ['./src/host/node.ts'] } } },
});
