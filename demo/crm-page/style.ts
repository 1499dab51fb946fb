export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1e24; --dim: #565c66; --page: #f5f6f8; --card: #fff;
  --line: #d6dae0; --accent: #1a56c4; --on-accent: #fff; --good: #12683a; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7e9ed; --dim: #a5abb5; --page: #14161a;
  --card: #1d2025; --line: #3a3f48; --accent: #8fb4ff; --on-accent: #10131a; --good: #7fd6a3;
  --bad: #ff9c93; } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif;
  overflow-wrap: anywhere }
.skip { position: absolute; left: -999rem } .skip:focus { left: 1rem; top: 1rem; background: var(--card) }
header, main, footer { max-width: 54rem; margin: 0 auto; padding: 1rem 1.25rem }
header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline;
  justify-content: space-between; color: var(--dim) }
header a { color: var(--ink); font-weight: 650; text-decoration: none }
main { padding-top: 0 }
footer { color: var(--dim); font-size: .9rem }
footer ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0; padding: 0 }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0 1rem } h2 { font-size: 1.15rem; margin: 0 0 .5rem }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem } p { margin: .4rem 0 }
a { color: var(--accent) } :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.25rem;
  margin: 0 0 1rem }
.notice { border-left: 5px solid var(--accent) } .notice.good { border-left-color: var(--good) }
.notice.bad { border-left-color: var(--bad) }
.dim { color: var(--dim) } .small { font-size: .9rem }
.row { display: flex; flex-wrap: wrap; gap: .75rem; align-items: start; margin-top: 1rem }
button { display: inline-block; font: inherit; font-weight: 600; padding: .5rem 1.1rem;
  border-radius: 8px; border: 1px solid var(--accent); background: none; color: var(--accent);
  text-decoration: none; cursor: pointer }
.primary { background: var(--accent); color: var(--on-accent) }
label { display: block; font-weight: 600; margin: .6rem 0 .2rem }
input, select, textarea { font: inherit; color: inherit; background: var(--page); width: 100%;
  border: 1px solid var(--dim); border-radius: 6px; padding: .45rem .6rem }
ul.plain { list-style: none; margin: 0; padding: 0 }
ul.plain > li { border-top: 1px solid var(--line); padding: .7rem 0 }
ul.plain > li:first-child { border-top: 0 }
.contact { display: flex; gap: 1rem; justify-content: space-between; align-items: center }
.contact span { display: block }
`;
