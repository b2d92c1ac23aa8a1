/**
 * Writes what each published package exports, with signatures, to `api/`: one report for each entry point. A change of the
 * public API is then a diff of these files. It reads the built declarations, so build first.
 *
 *   npm run api          builds, and updates the reports
 *   npm run api:check    fails if they are not up to date
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  CompilerState,
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  type IConfigFile,
} from '@microsoft/api-extractor';
import { publishedPackages, ROOT, type ExportTarget, type PublishedPackage } from './published-packages.js';

interface Entry {
  /** File name of its report, without an extension. */
  report: string;
  /** The declarations, from the package's folder. */
  types: string;
}

/** The entry points of a package that have types, those for browsers separately. */
function entriesOf({ folder, manifest }: PublishedPackage): Entry[] {
  const entries: Entry[] = [];
  const add = (report: string, target: ExportTarget | undefined) => {
    if (target === undefined || typeof target === 'string') return;
    if (typeof target.types === 'string') entries.push({ report, types: target.types });
    add(`${report}.browser`, target.browser);
  };
  for (const [path, target] of Object.entries(manifest.exports)) {
    add([basename(folder), ...path.split('/').slice(1)].join('.'), target);
  }
  return entries;
}

const silent = { default: { logLevel: ExtractorLogLevel.None } };

/** What the extractor needs for the report of one entry point. */
function configOf({ folder }: PublishedPackage, { report, types }: Entry, destination: string): ExtractorConfig {
  const projectFolder = join(ROOT, folder);
  const entry = join(projectFolder, types);
  const configObject: IConfigFile = {
    projectFolder,
    mainEntryPointFilePath: entry,
    newlineKind: 'lf',
    apiReport: {
      enabled: true,
      includeForgottenExports: true,
      reportFileName: report,
      reportFolder: destination,
      reportTempFolder: temporary,
    },
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
    compiler: {
      overrideTsconfig: {
        compilerOptions: {
          module: 'esnext',
          moduleResolution: 'bundler',
          target: 'es2022',
          // Where the globals that Node and browsers share, such as AbortSignal, are declared.
          lib: ['es2023', 'dom'],
          types: ['node'],
          strict: true,
          skipLibCheck: true,
        },
        files: [entry],
      },
    },
    // tsc and eslint report errors. Here only the report counts.
    messages: { compilerMessageReporting: silent, extractorMessageReporting: silent, tsdocMessageReporting: silent },
  };
  const packageJsonFullPath = join(projectFolder, 'package.json');
  return ExtractorConfig.prepare({ configObject, configObjectFullPath: undefined, packageJsonFullPath });
}

function writeReport(config: ExtractorConfig, compilerState: CompilerState): void {
  Extractor.invoke(config, {
    localBuild: true,
    compilerState,
    messageCallback: (message) => {
      message.handled = message.logLevel !== ExtractorLogLevel.Error;
    },
  });
  const text = readFileSync(config.reportFilePath, 'utf8');
  const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
  const [all, internal] = [count(/^export /gm), count(/^\/\/ @internal.*\nexport /gm)];
  const name = basename(config.reportFilePath, '.api.md');
  console.log(`${name}: ${all - internal} names${internal > 0 ? `, and ${internal} internal ones` : ''}`);
}

const reports = publishedPackages().flatMap((published) => entriesOf(published).map((entry) => ({ published, entry })));
for (const { published, entry } of reports) {
  const types = join(published.folder, entry.types);
  if (existsSync(join(ROOT, types))) continue;
  console.error(`${types} does not exist. Build the packages first: npm run build`);
  process.exit(1);
}
const temporary = mkdtempSync(join(tmpdir(), 'onestep-api-'));
try {
  const committed = join(ROOT, 'api');
  const current = join(temporary, 'api');
  mkdirSync(current);
  const configs = reports.map(({ published, entry }) => configOf(published, entry, current));
  // All declarations are read once: what most have in common, those of TensorFlow.js and of Node, is most of the work.
  const additionalEntryPoints = configs.map((config) => config.mainEntryPointFilePath);
  const compilerState = CompilerState.create(configs[0]!, { additionalEntryPoints });
  for (const config of configs) writeReport(config, compilerState);
  if (!process.argv.includes('--check')) {
    rmSync(committed, { recursive: true, force: true });
    cpSync(current, committed, { recursive: true });
  } else {
    const diff = ['diff', '--no-index', '--exit-code', '--', committed, current];
    if (spawnSync('git', diff, { stdio: 'inherit' }).status !== 0) {
      console.error(
        '\nThe public API differs from the reports in api/. If that is meant: npm run api, and commit api/ as well.',
      );
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(temporary, { recursive: true });
}
