/** Which page of the site a Markdown file of the repository is: the first rule that fits. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/^README\.md$/, 'overview.md'],
  [/^SECURITY\.md$/, 'reporting.md'],
  [/^CONTRIBUTING\.md$/, 'contributing.md'],
  [/^(benchmarks|parity)\/README\.md$/, '$1.md'],
  [/^packages\/onestep\/assets\/README\.md$/, 'models.md'],
  [/^apps\/web\/assets\/models\/README\.md$/, 'models-of-words.md'],
  [/^packages\/metrics\/assets\/README\.md$/, 'detectors.md'],
  [/^packages\/([^/]+)\/README\.md$/, 'packages/$1.md'],
  [/^apps\/(cli|web|docs)\/README\.md$/, '$1.md'],
  [/^docs\/(.+\.md)$/, '$1'],
  [/^apps\/docs\/(index\.md|(?:api|source)\/.+\.md)$/, '$1'],
];

/**
 * The page of a Markdown file, such as `packages/sid.md`.
 *
 * @param file from the root of the repository
 * @returns undefined for a file that is not on the site
 */
export function pageOf(file: string): string | undefined {
  for (const [pattern, page] of RULES) {
    if (pattern.test(file)) return file.replace(pattern, page);
  }
  return undefined;
}

/** The page with the contents of a file of the repository that is not Markdown, or the list of a folder. */
export function sourcePageOf(path: string): string {
  return `source/${path}.md`;
}
