import { REPORT_STYLE } from './style.js';

/** Seconds after which a page that is rewritten loads itself again, from when it is there as a whole. Browsers keep its place. */
const RELOAD_SECONDS = 5;
/** Loads the page again, unless nobody sees it or a part of it is selected. */
const RELOAD = `<script>
addEventListener('load', () => {
  setInterval(() => document.hidden || String(getSelection()) !== '' || location.reload(), ${1000 * RELOAD_SECONDS});
});
</script>
`;

/**
 * Renders a self-contained HTML page: no other files and, unless it reloads itself, no scripts.
 *
 * @param body HTML of the contents
 * @param options.reloads whether it loads itself again and again, since it is rewritten. Default: false
 */
export function renderPage(title: string, body: string, { reloads = false }: { reloads?: boolean } = {}): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${REPORT_STYLE}</style>
${reloads ? RELOAD : ''}</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

/** Most captions of a list that is not folded. */
const SHOWN_CAPTIONS = 20;

/** Escapes text for HTML, also within an attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Encodes a PNG file as the address of an image in a page. */
export function dataUrl(png: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
}

/** Renders captions as a numbered list; many of them folded. @returns nothing where there are none */
export function captionList(captions: readonly string[], title: string): string {
  if (captions.length === 0) return '';
  const list = `<ol>${captions.map((caption) => `<li>${escapeHtml(caption)}</li>`).join('')}</ol>`;
  return captions.length > SHOWN_CAPTIONS
    ? `<details><summary>${title}</summary>${list}</details>`
    : `<p>${title}:</p>\n${list}`;
}

/** Renders the options of a run, folded. */
export function optionsDetails(options: unknown): string {
  const text = escapeHtml(JSON.stringify(options, null, 2));
  return `<details><summary>Options of this run</summary><pre><code>${text}</code></pre></details>`;
}
