/** Style sheet of the reports. It follows the reader's light or dark setting, and fits a phone. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5b6578; --page: #fbfbfa; --card: #fff; --edge: #e3e5ea; --accent: #2457d6; --warm: #c2571a;
  --second: #0f8a5f; --third: #a238b8; --fourth: #b8860b; --fifth: #d6336c; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8ebf2; --soft: #9aa5ba; --page: #14171e; --card: #1c212b; --edge: #2d3442; --accent: #7fa2ff; --warm: #f0935a;
    --second: #4fd0a0; --third: #d78aec; --fourth: #e8c14e; --fifth: #ff7fa8; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.6 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1000px; margin: 0 auto; padding: 48px 20px 80px; }
h1 { font-size: clamp(1.8rem, 4.5vw, 2.7rem); line-height: 1.15; margin: 0 0 12px; letter-spacing: -0.02em; }
h1 em { font-style: normal; color: var(--accent); }
h2 { margin: 52px 0 12px; font-size: 1.3rem; }
.lead { font-size: 1.13rem; color: var(--soft); max-width: 46em; margin: 0 0 28px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 14px; }
.card { background: var(--card); border: 1px solid var(--edge); border-radius: 12px; padding: 16px 18px; }
.card h3 { margin: 0; font-size: 0.82rem; font-weight: 600; color: var(--soft); }
.card p { margin: 0; color: var(--soft); font-size: 0.88rem; }
.card .value { font-size: 1.9rem; font-weight: 700; color: var(--ink); line-height: 1.4; font-variant-numeric: tabular-nums; }
figure { margin: 0; }
figure > img { max-width: 100%; height: auto; border-radius: 10px; border: 1px solid var(--edge); display: block; background: #fff; }
.chart { width: 100%; height: auto; background: var(--card); border: 1px solid var(--edge); border-radius: 12px; }
.chart text { fill: var(--soft); font-size: 12px; }
.chart .grid { stroke: var(--edge); }
.chart .line { fill: none; stroke: var(--accent); stroke-width: 2.5; stroke-linejoin: round; }
.chart circle { fill: var(--accent); }
.chart .series-1 .line { stroke: var(--second); } .chart .series-1 circle { fill: var(--second); }
.chart .series-2 .line { stroke: var(--third); } .chart .series-2 circle { fill: var(--third); }
.chart .series-3 .line { stroke: var(--fourth); } .chart .series-3 circle { fill: var(--fourth); }
.chart .series-4 .line { stroke: var(--fifth); } .chart .series-4 circle { fill: var(--fifth); }
.chart .bar { stroke: var(--accent); stroke-width: 1.5; opacity: 0.6; }
.chart .series-1 .bar { stroke: var(--second); } .chart .series-2 .bar { stroke: var(--third); }
.chart .series-3 .bar { stroke: var(--fourth); } .chart .series-4 .bar { stroke: var(--fifth); }
.chart .dash-1 .line { stroke-dasharray: 7 4; } .chart .dash-2 .line { stroke-dasharray: 2 4; } .chart .dash-3 .line { stroke-dasharray: 9 3 2 3; }
.chart .reference { stroke: var(--warm); stroke-dasharray: 6 5; stroke-width: 1.5; }
.chart .reference-label { fill: var(--warm); }
.fine { color: var(--soft); font-size: 0.9rem; }
.strip { display: grid; grid-template-columns: repeat(auto-fit, minmax(120px, 1fr)); gap: 12px; margin-top: 18px; }
.strip figcaption { font-size: 0.82rem; color: var(--soft); margin-top: 4px; text-align: center; line-height: 1.35; }
.strip img { width: 100%; image-rendering: pixelated; }
table { border-collapse: collapse; width: 100%; background: var(--card); border: 1px solid var(--edge); border-radius: 12px; overflow: hidden; }
th, td { text-align: left; padding: 9px 16px; border-bottom: 1px solid var(--edge); font-variant-numeric: tabular-nums; }
tr:last-child th, tr:last-child td { border-bottom: 0; }
th { font-weight: 500; color: var(--soft); width: 45%; }
.figures th { width: auto; }
.figures th, .figures td { padding: 7px 10px; white-space: nowrap; }
.wide { overflow-x: auto; }
pre { background: var(--card); border: 1px solid var(--edge); border-radius: 10px; padding: 12px 16px; overflow-x: auto; font-size: 0.88rem; }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
summary { cursor: pointer; color: var(--soft); }
`;
