import { mkdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Application, Converter, ReflectionKind } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';
import { publishedPackages, type ExportTarget } from '../../../scripts/published-packages.js';
import { ROOT } from './repository.js';

const OUT = join(ROOT, 'apps/docs/api');

/** The entry points that users import, by name, such as `onestep/method`, with the source file of each. */
export function entryPoints(): Map<string, string> {
  const entries = publishedPackages().flatMap(({ folder, manifest }) =>
    Object.entries(manifest.exports).flatMap(([path, target]) => {
      const source = sourceOf(target);
      return source === undefined ? [] : [[manifest.name + path.slice(1), join(ROOT, folder, source)] as const];
    }),
  );
  return new Map(entries);
}

const sourceOf = (target: ExportTarget): string | undefined =>
  typeof target === 'string' ? undefined : (target['@onestep/source'] as string | undefined);

/**
 * Writes a Markdown page for each entry point from the doc comments of the sources, to `apps/docs/api`.
 *
 * @throws Error if TypeDoc fails
 */
export async function writeApiPages(): Promise<void> {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  const entries = entryPoints();
  const markdown: Partial<PluginOptions> = {
    entryFileName: 'index',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    expandParameters: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeAliasPropertiesFormat: 'table',
  };
  const app = await Application.bootstrapWithPlugins({
    entryPoints: [...entries.values()],
    tsconfig: join(ROOT, 'tsconfig.json'),
    plugin: ['typedoc-plugin-markdown'],
    router: 'module',
    name: 'API',
    readme: 'none',
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    disableSources: true,
    // `npm run typecheck` has checked the types.
    skipErrorChecking: true,
    logLevel: 'Error',
    outputs: [{ name: 'markdown', path: OUT }],
    ...(markdown as object),
  });
  const names = new Map([...entries].map(([name, file]) => [relative(ROOT, file), name]));
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_context, reflection) => {
    if (!reflection.kindOf(ReflectionKind.Module)) return;
    const file = reflection.project.files.getReflectionPath(reflection);
    const name = file === undefined ? undefined : names.get(relative(ROOT, file));
    if (name !== undefined) reflection.name = name;
  });
  const project = await app.convert();
  if (project === undefined) throw new Error('TypeDoc could not read the sources.');
  await app.generateOutputs(project);
  if (app.logger.hasErrors()) throw new Error('TypeDoc reported errors.');
}
