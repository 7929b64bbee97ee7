/**
 * `node .ci/manifest-faults.js FOLDER…`: what is wrong with the manifests that `kubectl kustomize` makes of each folder; a file is
 * taken as it is. The types of kubernetes-models say which fields there are (TypeScript refuses an object literal with another),
 * its validators what may be in them.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';

/** Kinds that a cluster knows only when somebody installed them; every other comes with Kubernetes. */
const PACKAGE_OF_CUSTOM_GROUP = { 'monitoring.coreos.com': '@kubernetes-models/prometheus-operator' };

const render = (source) => {
  if (statSync(source).isFile()) return readFileSync(source, 'utf8');
  const { status, stdout, stderr, error } = spawnSync('kubectl', ['kustomize', source], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`kubectl kustomize ${source}: ${error?.message ?? stderr}`);
  return stdout;
};

const read = (source) =>
  parseAllDocuments(render(source), { merge: true })
    .map((document) => {
      if (document.errors.length > 0) throw document.errors[0];
      return document.toJS();
    })
    .filter((manifest) => manifest !== null)
    .map((manifest) => {
      const { apiVersion, kind, metadata } = manifest;
      const [group] = String(apiVersion).split('/');
      const model = `${PACKAGE_OF_CUSTOM_GROUP[group] ?? 'kubernetes-models'}/${apiVersion}/${kind}`;
      return { manifest, kind, model, name: `${source}: ${kind} ${metadata?.name}` };
    });

/** What TypeScript says of the manifests, written down as literals in a module that exists in its memory only. */
const unknownFields = (all) => {
  const file = path.resolve('.ci/manifests.ts');
  const lines = all.map(
    ({ manifest, kind, model }, index) =>
      `export const _${index}: import('${model}').I${kind} = ${JSON.stringify(manifest)};`,
  );
  const options = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    lib: ['lib.es2015.d.ts'],
    module: ts.ModuleKind.NodeNext,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, lines.join('\n'), ...rest) : getSourceFile(name, ...rest);
  return ts.getPreEmitDiagnostics(ts.createProgram([file], options, host)).map((diagnostic) => {
    const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n    ');
    if (diagnostic.file?.fileName !== file) return text;
    return `${all[diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start).line].name}: ${text}`;
  });
};

const invalidValues = async ({ manifest, kind, model, name }) => {
  try {
    const { [kind]: Model } = await import(model);
    new Model(manifest).validate();
    return [];
  } catch (error) {
    return [`${name}: ${error.message}`];
  }
};

const sources = process.argv.slice(2);
const all = sources.flatMap(read);
const faults = [...unknownFields(all), ...(await Promise.all(all.map(invalidValues))).flat()];
for (const fault of faults) console.log(fault);
if (all.length === 0) console.log('no manifest was read');
process.exit(faults.length === 0 && all.length > 0 ? 0 : 1);
