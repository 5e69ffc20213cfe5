/// @file
/// How the report looks.
#pragma once

namespace memory_study {

inline constexpr const char* style = R"(
:root { color-scheme: light dark; --ink: #1c1e21; --paper: #ffffff; --soft: #5b6168; --line: #d8dce0; --tint: #f4f6f8;
        --accent: #0067a3; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8ea; --paper: #16181b; --soft: #a3abb3; --line: #353a40; --tint: #1f2327; --accent: #6db8ea; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.6;
       font: 1.04rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.1rem 4rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .4rem; overflow-wrap: anywhere; }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 2.8rem 0 .6rem; }
p, ul, .lead { max-width: 46rem; }
.lead { font-size: 1.12rem; }
.soft, figcaption { color: var(--soft); }
.warning { border-left: .3rem solid #D55E00; padding: .4rem .9rem; background: var(--tint); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 14rem), 1fr)); gap: .8rem;
           margin: 1.6rem 0; }
.figures div { background: var(--tint); border-radius: .5rem; padding: .8rem 1rem; }
.figures b { display: block; font-size: 1.7rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.figures span { font-size: .9rem; color: var(--soft); line-height: 1.35; display: block; }
figure { margin: 1.4rem 0; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); gap: 1rem; }
.panels > div, .panels svg { width: 100%; max-width: 36rem; }
.panels svg { height: auto; display: block; }
figcaption { font-size: .94rem; max-width: 46rem; margin-top: .5rem; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: .3rem; }
th, td { padding: .28rem .7rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
th + th, .prose td { white-space: normal; }
.prose th, .prose td { text-align: left; }
th { font-weight: 600; vertical-align: bottom; }
code, pre { font: .9rem ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
pre { background: var(--tint); padding: .8rem 1rem; border-radius: .5rem; overflow-x: auto; }
details { margin: 1rem 0; } summary { cursor: pointer; color: var(--accent); }
a { color: var(--accent); }
)";

}  // namespace memory_study
