import { spawnSync } from 'node:child_process';
import { build, context } from 'esbuild';
import { chmod } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');

const CORE_BELOW_GITOPS = ['core/base', 'core/kube', 'core/git', 'core/manifests', 'core/render', 'core/cluster'];
const CORE = [...CORE_BELOW_GITOPS, 'core/gitops', 'core/drift', 'core/change'];

/** Who may import whom, by folder under src/. `vscode` counts as a folder. A layer may always import itself. */
const MAY_IMPORT = {
  'core/base': [],
  'core/kube': ['core/base'],
  'core/git': ['core/base', 'core/kube'],
  'core/manifests': ['core/base', 'core/kube'],
  'core/render': ['core/base', 'core/kube', 'core/git', 'core/manifests'],
  'core/cluster': ['core/base', 'core/kube'],
  'core/gitops': CORE_BELOW_GITOPS,
  'core/drift': [...CORE_BELOW_GITOPS, 'core/gitops'],
  'core/change': [...CORE_BELOW_GITOPS, 'core/gitops', 'core/drift'],
  host: [...CORE, 'vscode'],
  views: [...CORE, 'vscode'],
  commands: [...CORE, 'host', 'vscode'],
  cli: CORE,
};

const layerOf = path => /^src\/(core\/[^/]+|[^/]+)\//.exec(path)?.[1];

/** Reads the finished import graph: wrong-way imports and cycles fail the build. */
function checkGraph(inputs) {
  const problems = [];
  const edges = new Map();
  for (const [file, { imports }] of Object.entries(inputs)) {
    if (!file.startsWith('src/')) continue;
    edges.set(file, imports.filter(i => i.path.startsWith('src/')).map(i => i.path));
    const from = layerOf(file);
    if (!from) continue;
    for (const { path } of imports) {
      const to = path === 'vscode' ? 'vscode' : layerOf(path);
      if (to && to !== from && !MAY_IMPORT[from]?.includes(to)) problems.push(`${file} must not import ${path}`);
    }
  }
  const done = new Set();
  const visit = (file, trail) => {
    if (done.has(file)) return;
    if (trail.includes(file)) {
      problems.push(`import cycle: ${[...trail.slice(trail.indexOf(file)), file].join(' -> ')}`);
      return;
    }
    for (const next of edges.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of edges.keys()) visit(file, []);
  return problems;
}

const layering = {
  name: 'layering',
  setup(b) {
    b.onEnd(({ metafile }) => ({ errors: (metafile ? checkGraph(metafile.inputs) : []).map(text => ({ text })) }));
  },
};

/** What is loaded on first use only, by the editor and by the command line: each a bundle of its own, and elsewhere a `require` of it. */
const LAZY = { 'core/cluster/connect': 'cluster.cjs', 'core/git/clone': 'git.cjs', 'core/drift/computation': 'judge.cjs', 'core/change/changer': 'change.cjs', 'core/render/renderer': 'render.cjs', 'views/engine-sources': 'texts.cjs', 'cli/run': 'cli-run.cjs' };

const lazyBundles = {
  name: 'lazy-bundles',
  setup(b) {
    b.onResolve({ filter: /^\.\.?\// }, ({ path, kind, resolveDir }) => {
      const bundle = kind === 'dynamic-import' ? LAZY[relative('src', join(resolveDir, path)).split(sep).join('/')] : undefined;
      return bundle && { path: `./${bundle}`, external: true };
    });
  },
};

/** npm does the same to a `bin` when it installs it. */
const executable = {
  name: 'executable',
  setup(b) {
    b.onEnd(({ errors }) => (errors.length === 0 ? chmod(b.initialOptions.outfile, 0o755) : undefined));
  },
};

const shared = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // `import()` of a CommonJS file makes Node search its text for exports first: as long as loading it takes.
  supported: { 'dynamic-import': false },
  external: ['vscode'],
  metafile: true,
  sourcemap: !production,
  minify: production,
  legalComments: 'linked',
  logLevel: 'warning',
};
const targets = [
  { ...shared, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.cjs', plugins: [lazyBundles, layering] },
  { ...shared, entryPoints: ['src/cli/main.ts'], outfile: 'dist/cli.cjs', plugins: [lazyBundles, layering, executable], banner: { js: '#!/usr/bin/env node' } },
  // A thread of its own, started from `render.cjs`.
  { ...shared, entryPoints: ['src/core/render/worker.ts'], outfile: 'dist/kustomize-worker.cjs', plugins: [layering] },
  // A thread of its own, started from `cluster.cjs`.
  { ...shared, entryPoints: ['src/core/cluster/wire-thread.ts'], outfile: 'dist/wire.cjs', plugins: [layering] },
  ...Object.entries(LAZY).map(([source, bundle]) => ({ ...shared, entryPoints: [`src/${source}.ts`], outfile: `dist/${bundle}`, plugins: [lazyBundles, layering] })),
];

try {
  if (watch) for (const target of targets) await (await context(target)).watch();
  else await Promise.all(targets.map(target => build(target)));
} catch (error) {
  // Errors that a plugin returns from onEnd are thrown but not printed by esbuild.
  for (const { text, pluginName } of error.errors ?? []) if (pluginName === 'layering') console.error(`[layering] ${text}`);
  process.exitCode = 1;
}

// kustomize as WebAssembly comes from a cache unless its sources have changed.
const { status } = spawnSync(process.execPath, ['--import', 'tsx', 'test/bench/put-kustomize.ts', 'dist'], { stdio: 'inherit' });
if (status !== 0) process.exitCode = 1;
