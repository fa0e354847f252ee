/** What the drawings of measurements need beyond the drill's style: positions are shares of the width there is. */
export const PLOT_STYLE = `
:root { --bar: #3478c6; --faint: #a9bfd8; --goal: #1d2327; }
@media (prefers-color-scheme: dark) { :root { --bar: #5b9ee6; --faint: #3d5674; --goal: #e8ebe9; } }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1rem; margin: .8rem 0 0; }
section { overflow-wrap: anywhere; }
td:first-child { white-space: normal; min-width: 13rem; overflow-wrap: break-word; }
td:nth-child(3) { white-space: normal; min-width: 6rem; }
td:nth-child(n + 5) { white-space: normal; min-width: 10rem; }
@media (max-width: 40rem) { td:first-child { min-width: 9.5rem; } td:nth-child(n + 5) { min-width: 14rem; } }
td strong { color: var(--bad); }
figure { margin: 1.25rem 0 .5rem; }
figcaption { font-weight: 600; margin-bottom: .5rem; }
svg.plot { min-width: 0; overflow: visible; }
/* Numbers stand on the left of a curve, outside of it. */
svg.curve { margin-left: 2.75rem; width: calc(100% - 2.75rem); }
svg.plot svg { min-width: 0; }
svg .bar { fill: var(--bar); }
svg .bar.met, .key i.met { fill: var(--answered); background: var(--answered); }
svg .bar.missed, .key i.missed { fill: var(--refused); background: var(--refused); }
svg .bar.p50 { fill: var(--faint); }
svg .value { fill: var(--ink); font-weight: 600; }
svg .whisker { stroke: var(--ink); stroke-width: 1.5; }
svg line.goal { stroke: var(--goal); stroke-width: 2; stroke-dasharray: 3 2; }
svg .line { fill: none; stroke: var(--bar); stroke-width: 2; vector-effect: non-scaling-stroke; }
svg .line1 { stroke: var(--answered); }
svg .spell { fill: var(--soft); opacity: .18; }
.key { font-size: .82rem; color: var(--soft); }
.key i { display: inline-block; width: .9em; height: .9em; border-radius: 2px; margin: 0 .25em 0 .6em; vertical-align: -.1em; }
.key i:first-child { margin-left: 0; }
.key i.goal { width: 0; border-left: 2px dashed var(--goal); border-radius: 0; background: none; }
.key i.whisker { height: 0; width: 1.4em; border-top: 2px solid var(--ink); border-radius: 0; background: none; vertical-align: .25em; }
`;
