import { library } from '../../tsup.base';

export default library({
  entry: { index: 'src/index.ts', 'tfjs-gradients': 'src/generated/tfjs-gradients.js' },
  // Whoever imports the package decides where they come from: see "imports" in package.json.
  external: ['#tfjs-gradients'],
  dts: { entry: { index: 'src/index.ts' }, compilerOptions: { customConditions: [] } },
});
