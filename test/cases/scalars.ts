import { configMap, deployment, inContainer, type Case } from './case';

const resources = (text: string): string => deployment({ container: `resources:\n  limits: {${text}}` });
const LIMITS = '.spec.template.spec.containers[name="web"].resources.limits';
const equivalent = (name: string, line = 17): string => `${LIMITS}.${name} equivalent none @${line}`;
const WEB = '.spec.template.spec.containers[name="web"]';

/** `reference/drift.md` 3.1. */
export const SCALARS: readonly Case[] = [
  { row: '1', name: 'cpu: 1000m is 1', git: resources('cpu: 1000m'), verdict: 'in-sync', fields: [equivalent('cpu')] },
  { row: '1b', name: 'cpu: 1000m applied as 1 and then set to 2', git: resources('cpu: 1000m'), steps: [{ patch: inContainer({ resources: { limits: { cpu: '2' } } }), as: 'k9s' }], verdict: 'drift', fields: [`${LIMITS}.cpu drift:changed overwritten @17`] },
  { row: '2', name: 'memory: 1024Mi is 1Gi', git: resources('memory: 1024Mi'), verdict: 'in-sync', fields: [equivalent('memory')] },
  { row: '2b', name: 'memory: 1.5Gi is 1536Mi', git: resources('memory: 1.5Gi'), verdict: 'in-sync', fields: [equivalent('memory')] },
  { row: '4', name: 'cpu: 0.5 is 500m', git: resources('cpu: 0.5'), verdict: 'in-sync', fields: [equivalent('cpu')] },
  { row: '5', name: 'memory: 1000 is 1k', git: resources('memory: 1000'), verdict: 'in-sync', fields: [equivalent('memory')] },
  { row: '7', name: 'cpu: 100u is rounded up to 1m', git: resources('cpu: 100u'), verdict: 'in-sync', fields: [equivalent('cpu')] },
  { row: '8', name: 'memory: 1e3 is 1k', git: resources('memory: 1e3'), verdict: 'in-sync', fields: [equivalent('memory')] },
  { row: '8b', name: 'memory: "1e3" stays as it is', git: resources('memory: "1e3"'), verdict: 'in-sync' },
  { row: '10', name: 'cpu: 0m is 0', git: resources('cpu: 0m'), verdict: 'in-sync', fields: [equivalent('cpu')] },
  { row: '13', name: 'a named target port', git: service('{name: http, port: 80, targetPort: http}'), verdict: 'in-sync' },
  { row: '16', name: 'an environment variable that is a number is refused', git: deployment({ container: 'env:\n  - name: A\n    value: 8080' }), refused: true, verdict: 'invalid', fields: [`${WEB}.env[name="A"].value invalid unknown @18`] },
  { row: '16b', name: 'the same in an object that exists', stuck: true, base: deployment({ container: 'env:\n  - name: A\n    value: "8080"' }), git: deployment({ container: 'env:\n  - name: A\n    value: 8080' }), verdict: 'invalid', fields: [`${WEB}.env[name="A"].value invalid unknown @18`] },
  { row: '14', name: 'a port that is text of digits is refused', stuck: true, base: service('{name: http, port: 80, targetPort: 80}'), git: service('{name: http, port: 80, targetPort: "80"}'), verdict: 'invalid', fields: ['.spec.ports[port=80,protocol="TCP"].targetPort invalid unknown @9'] },
  { row: '17b', name: 'a number as text where a percentage may stand is refused', stuck: true, base: deployment({ spec: 'strategy:\n  rollingUpdate: {maxSurge: 1}' }), git: deployment({ spec: 'strategy:\n  rollingUpdate: {maxSurge: "1"}' }), verdict: 'invalid', fields: ['.spec.strategy.rollingUpdate.maxSurge invalid unknown @8'] },
  { row: '17', name: 'maxSurge: 25%', git: deployment({ spec: 'strategy:\n  rollingUpdate: {maxSurge: 25%, maxUnavailable: 1}' }), verdict: 'in-sync' },
  { row: '19', name: 'replicas: 3.0 is 3', git: deployment({ spec: 'replicas: 3.0' }), verdict: 'in-sync' },
  { row: '22', name: 'yes is text to Flux', git: configMap('a: yes'), verdict: 'in-sync' },
  { row: '25', name: 'numbers with prefixes and underscores', git: deployment({ spec: 'minReadySeconds: 0x1F\nprogressDeadlineSeconds: 1_000' }), verdict: 'in-sync' },
  { row: '26', name: '12:30:45 is text', git: configMap('a: 12:30:45'), verdict: 'in-sync' },
  { row: '28', name: 'a date becomes an instant on its way through kustomize', git: configMap('a: 2024-01-02'), verdict: 'in-sync' },
  // kubectl scale leaves no managedFields entry when nobody owned replicas before (Kubernetes 1.37): the server's default is gone and nobody shows.
  { row: '31', name: 'replicas: null against somebody’s 5', git: deployment({ spec: 'replicas: null' }), steps: [{ kubectl: ['scale', 'deployment/web', '--replicas=5'] }], verdict: 'in-sync' },
  { row: '32', name: 'a label without a value is an empty one', git: deployment({ labels: 'a:' }), verdict: 'in-sync', fields: ['.metadata.labels.a equivalent none @7'] },
  { row: '34', name: 'a variable without a value', git: deployment({ container: 'env:\n  - name: A\n    value:' }), verdict: 'in-sync' },
  { row: '35', name: 'an empty list against items of another tool', git: deployment({ container: 'env: []' }), steps: [{ patch: inContainer({ env: [{ name: 'B', value: '2' }] }), as: 'my-operator' }], verdict: 'in-sync', kept: [`${WEB}.env[name="B"] extra:extra kept @16`] },
  { row: '37', name: 'an empty atomic list Flux does not send', git: deployment({ container: 'args: []' }), steps: [{ patch: inContainer({ args: ['x'] }), as: 'k9s' }], verdict: 'drift', fields: [`${WEB}.args drift:changed kept @16`] },
  { row: '37b', name: 'the same set by kubectl edit', git: deployment({ container: 'args: []' }), steps: [{ patch: inContainer({ args: ['x'] }), as: 'kubectl-edit' }], verdict: 'drift', fields: [`${WEB}.args drift:changed deleted @16`] },
  { row: '40b', name: 'an empty value Flux does not send, against somebody’s', git: deployment({ spec: 'minReadySeconds: 0' }), steps: [{ patch: { spec: { minReadySeconds: 5 } }, as: 'k9s' }], verdict: 'drift', fields: ['.spec.minReadySeconds drift:changed kept @7'] },
  { row: '40c', name: 'the same under kubectl apply --server-side', applier: 'kubectl-ssa', git: deployment({ spec: 'minReadySeconds: 0' }), steps: [{ patch: { spec: { minReadySeconds: 5 } }, as: 'k9s' }], verdict: 'drift', fields: ['.spec.minReadySeconds drift:changed overwritten @7'] },
  { row: '40d', name: 'empty values under kubectl apply --server-side', applier: 'kubectl-ssa', git: deployment({ spec: 'minReadySeconds: 0', pod: 'hostNetwork: false', container: 'env:\n  - name: A\n    value: ""' }), verdict: 'in-sync', fields: ['.spec.minReadySeconds equivalent:removed none @7', '.spec.template.spec.hostNetwork equivalent:removed none @14', `${WEB}.env[name="A"].value equivalent:removed none @20`] },
  { row: '38', name: 'an empty map of annotations', git: deployment().replace('  namespace: NS\n', '  namespace: NS\n  annotations: {}\n'), verdict: 'in-sync', fields: ['.metadata.annotations equivalent:removed none @6'] },
  { row: '40', name: 'empty values that are not stored', git: deployment({ spec: 'minReadySeconds: 0', pod: 'hostNetwork: false', container: 'env:\n  - name: A\n    value: ""' }), verdict: 'in-sync', fields: ['.spec.minReadySeconds equivalent:removed none @7', '.spec.template.spec.hostNetwork equivalent:removed none @14', `${WEB}.env[name="A"].value equivalent:removed none @20`] },
  { row: '41', name: 'replicas: 0 is a value', git: deployment({ spec: 'replicas: 0' }), steps: [{ kubectl: ['scale', 'deployment/web', '--replicas=3'] }], verdict: 'drift', fields: ['.spec.replicas drift:changed overwritten @7'] },
  { row: '41b', name: 'automountServiceAccountToken: false, taken away', git: deployment({ pod: 'automountServiceAccountToken: false' }), steps: [{ json: [{ op: 'remove', path: '/spec/template/spec/automountServiceAccountToken' }], as: 'k9s' }], verdict: 'drift', fields: ['.spec.template.spec.automountServiceAccountToken drift:removed overwritten @13'] },
  { row: '43', name: 'an explicit key wins over a merge key, to kustomize', git: deployment({ labels: 'p: own\n<<: &b {q: r}' }), verdict: 'in-sync' },
  { row: '46', name: 'letters of one look and another spelling differ', git: configMap('a: "\\u00e9"'), steps: [{ patch: { data: { a: 'e\u0301' } }, as: 'k9s' }], verdict: 'drift', fields: ['.data.a drift:changed overwritten @7'] },
  { row: '47', name: 'a file with CRLF', git: configMap('a: |\n  one\n  two').replaceAll('\n', '\r\n'), verdict: 'in-sync' },
  { row: '49', name: 'a final line break is a difference', git: configMap('a: |\n  one'), steps: [{ patch: { data: { a: 'one' } }, as: 'k9s' }], verdict: 'drift', fields: ['.data.a drift:changed overwritten @8'] },
  { row: '50', name: 'a folded block', git: configMap('a: >\n  f1\n  f2\n\n  f3'), verdict: 'in-sync' },
  { row: '52', name: 'tags', git: configMap('a: !!str 123'), verdict: 'in-sync' },
  { row: '53', name: 'an empty document before', git: `# only a comment\n---\n${configMap('a: b')}`, steps: [{ patch: { data: { a: 'c' } }, as: 'k9s' }], verdict: 'drift', fields: ['.data.a drift:changed overwritten @9'] },
  { row: '55', name: 'server metadata and status in Git', git: `${deployment().replace('  namespace: NS\n', '  namespace: NS\n  creationTimestamp: null\n')}status: {}\n`, verdict: 'in-sync' },
  { row: '89', name: 'one line of a long block', git: configMap(`x.conf: |\n${Array.from({ length: 300 }, (_, i) => `  line ${i}`).join('\n')}`), steps: [{ patch: { data: { 'x.conf': Array.from({ length: 300 }, (_, i) => `line ${i === 100 ? 'hundred' : i}\n`).join('') } }, as: 'k9s' }], verdict: 'drift', fields: ['.data.x.conf drift:changed overwritten @108'] },
];

export function service(port: string, more = ''): string {
  return `apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  namespace: NS\nspec:\n  selector: {app: web}\n${more}  ports:\n    - ${port}\n`;
}
