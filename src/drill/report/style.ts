/** The page's style: light, dark and paper; no script, no font and no picture from elsewhere. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1d2327; --soft: #5c666d; --line: #dfe2e0; --band: #d9483b;
  --answered: #2a9d74; --stale: #3478c6; --refused: #e0a526; --unknown: #9057b8; --failed: #d9483b; --hung: #57202a;
  --good: #1c7a58; --bad: #b8352a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181b; --card: #1c2226; --ink: #e8ebe9; --soft: #9aa5ab; --line: #323b41; --band: #ef6a5c;
    --answered: #3fbf90; --stale: #5b9ee6; --refused: #e9b949; --unknown: #b98ade; --failed: #ef6a5c; --hung: #f7b5ae;
    --good: #5fd0a5; --bad: #ff8b7e;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 0; }
h3 { font-size: 1rem; margin: 2rem 0 .5rem; }
p { margin: .3rem 0; max-width: 46rem; }
a { color: inherit; }
.soft { color: var(--soft); }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1.5rem; margin-top: 1.75rem; }
header.fault { display: flex; gap: 1rem; justify-content: space-between; align-items: start; flex-wrap: wrap; }
.badge { font-weight: 600; white-space: nowrap; border: 1.5px solid currentColor; border-radius: 99px; padding: .05rem .8rem; }
.good { color: var(--good); }
.bad { color: var(--bad); }
dl.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 1rem; margin: 1.25rem 0 1rem; }
dl.figures div { border-top: 2px solid var(--line); padding-top: .5rem; }
dl.figures dt { font-size: .82rem; color: var(--soft); line-height: 1.3; }
dl.figures dd { margin: 0; font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.3; }
dl.figures dd small { display: block; font-size: .82rem; font-weight: 400; color: var(--soft); }
.scroll { overflow-x: auto; }
svg { display: block; width: 100%; min-width: 680px; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: var(--soft); }
svg .title { fill: var(--ink); font-weight: 600; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .band { fill: var(--band); opacity: .1; }
svg .edge { stroke: var(--band); stroke-width: 1.5; stroke-dasharray: 4 3; }
svg .bandname { fill: var(--band); font-weight: 600; }
svg .dots { fill: none; stroke-width: 3; stroke-linecap: round; opacity: .55; }
svg .inside { fill: #fff; font-weight: 600; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; font-size: .85rem; color: var(--soft); margin: .6rem 0 0; padding: 0; list-style: none; }
.legend i { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .4em; vertical-align: -.05em; }
ul.verdicts { list-style: none; padding: 0; margin: 0; }
ul.verdicts li { display: grid; grid-template-columns: 1.6rem 1fr; padding: .35rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
ul.verdicts li:first-child { border-top: 0; }
ul.verdicts b { font-weight: 600; }
ul.verdicts .mark { font-weight: 700; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .3rem .55rem; border-top: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
thead th { color: var(--soft); font-weight: 500; border-top: 0; vertical-align: bottom; }
td.none { color: var(--soft); opacity: .5; }
td .bar { display: flex; width: 9rem; height: .75rem; border-radius: 3px; overflow: hidden; background: var(--line); margin-left: auto; }
td .bar i { display: block; height: 100%; }
.about td { font-weight: 600; color: var(--soft); padding-top: 1rem; }
code { font: .92em ui-monospace, monospace; }
.answered { --c: var(--answered); } .stale { --c: var(--stale); } .refused { --c: var(--refused); }
.unknown { --c: var(--unknown); } .failed { --c: var(--failed); } .hung { --c: var(--hung); }
i[class], rect[class~=fill] { background: var(--c); fill: var(--c); }
path.dots { stroke: var(--c); }
@media (max-width: 40rem) { main { padding: 1.25rem .75rem 3rem; } section { padding: 1rem; border-radius: 8px; } }
@media print {
  :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #ccc; }
  body { font-size: 12px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  section { border: 0; padding: 0; break-inside: auto; }
  section + section { break-before: page; }
  svg, ul.verdicts li, tr { break-inside: avoid; }
}
`;
