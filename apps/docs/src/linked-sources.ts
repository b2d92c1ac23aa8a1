import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, posix } from 'node:path';
import MarkdownIt from 'markdown-it';
import { pageOf, sourcePageOf } from './pages.js';
import { markdownFiles, resolveLink, ROOT } from './repository.js';

/** A page with the contents of a file. */
export interface SourcePage {
  params: { path: string };
  /** Markdown. */
  content: string;
}

/** The pages of all files and folders that pages of the site link to and that are not pages themselves. */
export function linkedSources(): SourcePage[] {
  const md = new MarkdownIt({ html: true });
  const pages = new Map<string, SourcePage>();
  const add = (path: string, content: string) => pages.set(path, { params: { path }, content });
  for (const file of markdownFiles().filter((name) => pageOf(name) !== undefined)) {
    for (const href of linksOf(md, readFileSync(join(ROOT, file), 'utf8'))) {
      const target = resolveLink(file, href);
      if (target === null || pageOf(target.path) !== undefined) continue;
      if (target.kind === 'file') add(target.path, fileContent(target.path));
      if (target.kind === 'folder') {
        const files = filesOf(target.path);
        add(target.path, folderContent(target.path, files));
        const paths = files.map((name) => posix.join(target.path, name));
        for (const path of paths.filter((name) => pageOf(name) === undefined)) add(path, fileContent(path));
      }
    }
  }
  return [...pages.values()];
}

/** The addresses of the links of a text. */
export function linksOf(md: MarkdownIt, text: string): string[] {
  return md
    .parse(text, {})
    .flatMap(({ children }) => children ?? [])
    .flatMap((token) => (token.type === 'link_open' ? [token.attrGet('href')!] : []));
}

function filesOf(folder: string): string[] {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isFile() ? [entry.name] : [])).sort();
}

function folderContent(folder: string, files: readonly string[]): string {
  const links = files.map((name) => {
    const path = posix.join(folder, name);
    return `- [${name}](/${pageOf(path) ?? sourcePageOf(path)})`;
  });
  return [`# ${folder}`, '', ...links].join('\n');
}

const PICTURES = ['.png', '.jpg', '.svg'];

function fileContent(file: string): string {
  if (PICTURES.includes(extname(file))) return `# ${file}\n\n![${file}](/${file})`;
  const text = readFileSync(join(ROOT, file), 'utf8').trimEnd();
  const ending = extname(file).slice(1);
  const language = ending === 'ipynb' ? 'json' : ending || 'text';
  return [`# ${file}`, '', `\`\`\`\`\`${language}`, text, '`````'].join('\n');
}
