import { Random } from '../kube/random-typed';
import { DEPLOYMENT, SERVICE, type Case } from './features';

/** Roots that combine kustomize's features at random: a base, components and up to three overlays over one another. */

function object(random: Random, name: string, i: number): string {
  const text = random.pick([
    DEPLOYMENT,
    SERVICE,
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain-${i}, labels: {n: "${i}"}}\ndata: {k: ${random.pick(['yes', '"1"', 'x: y', '2024-01-02', "''"]).replace('x: y', '"x: y"')}}\n`,
    'apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: web}\nspec: {schedule: "* * * * *", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: web, image: "nginx:1", envFrom: [{secretRef: {name: token}}]}]}}}}}\n',
    'apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: web, namespace: fixed}\nspec: {replicas: 1, serviceName: web, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {initContainers: [{name: i, image: busybox}], containers: [{name: web, image: "nginx:1.27@sha256:ab"}]}}}\n',
    'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n',
    'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: web}\nspec: {image: nginx, parts: [{name: a}, {name: b}], replicas: 4}\n',
    'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: web}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: web}\nsubjects: [{kind: ServiceAccount, name: web, namespace: default}]\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: web}\n',
  ]);
  return text.replaceAll(/name: web\b/g, `name: ${name}`);
}

type Files = Record<string, string>;

/** What two folders generate under one name would have to say how it merges. */
const ownName = (folder: string, name: string): string => (folder === 'base' ? name : `${name}-${folder}`);

/** One field of a kustomization each; some need a file beside it. */
const FIELDS: readonly ((random: Random, folder: string, files: Files) => string)[] = [
  random => `namePrefix: ${random.pick(['p-', 'q.', 'dev-'])}`,
  random => `nameSuffix: ${random.pick(['-s', '-v2'])}`,
  random => `namespace: ${random.pick(['one', 'two'])}`,
  random => `commonLabels: {${random.pick(['app', 'team'])}: ${random.pick(['shop', '"7"'])}}`,
  random => `commonAnnotations: {note: ${random.pick(['plain', '"on"', '"a: b"'])}}`,
  random => `labels:\n  - pairs: {${random.pick(['tier', 'x/y'])}: front}\n    includeSelectors: ${random.chance(50)}\n  - pairs: {t: "1"}\n    includeTemplates: true`,
  random => `images:\n  - {name: nginx, ${random.pick(['newTag: "9"', 'newName: other/nginx', 'digest: "sha256:cd"', 'newName: a.b:5000/c, newTag: v1'])}}\n  - {name: busybox, newTag: latest}`,
  random => `replicas:\n  - {name: web, count: ${random.int(9)}}`,
  (random, folder) => `configMapGenerator:\n  - name: ${ownName(folder, 'settings')}\n    literals: [a=${random.int(99)}, "b=c d"]\n    options: {disableNameSuffixHash: ${random.chance(30)}}`,
  (random, folder, files) => {
    files[`${folder}/token.txt`] = `secret ${random.int(1000)}\n`;
    files[`${folder}/token.env`] = `USER=u${random.int(9)}\nEMPTY=\n`;
    return `secretGenerator:\n  - name: ${ownName(folder, 'token')}\n    files: [token.txt, key=token.txt]\n  - {name: ${ownName(folder, 'env')}, envs: [token.env]}`;
  },
  random => `generatorOptions: {labels: {made: "yes"}, disableNameSuffixHash: ${random.chance(50)}}`,
  (random, folder, files) => {
    files[`${folder}/patch.yaml`] = `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: ${random.int(9)}, template: {spec: {containers: [{name: web, ${random.pick(['image: patched:1', 'env: [{name: A, value: "2"}, {name: N, value: n}]', 'ports: [{containerPort: 81, name: extra}]', 'volumeMounts: null'])}}, {name: new, image: nginx}]}}}\n`;
    return `patches:\n  - path: patch.yaml\n    target: {kind: Deployment}\n  - target: {kind: ${random.pick(['Service', 'CronJob', 'Widget', 'ConfigMap'])}}\n    patch: |-\n      - {op: add, path: /metadata/labels, value: {patched: "true"}}`;
  },
  random => `patches:\n  - target: {labelSelector: "app=web"}\n    patch: |-\n      apiVersion: x\n      kind: x\n      metadata: {name: x, annotations: {sel: "${random.int(9)}"}}`,
  random => `replacements:\n  - source: {kind: Deployment, name: web, fieldPath: ${random.pick(['metadata.name', 'spec.replicas'])}}\n    targets:\n      - select: {kind: Service}\n        fieldPaths: [metadata.annotations.from]\n        options: {create: true}`,
  random => `sortOptions: {order: ${random.pick(['fifo', 'legacy'])}}`,
  random => `buildMetadata: [${random.pick(['originAnnotations', 'transformerAnnotations', 'managedByLabel'])}]`,
];

function kustomization(random: Random, folder: string, files: Files, resources: readonly string[], components: readonly string[]): void {
  const fields = FIELDS.filter(() => random.chance(22)).map(field => field(random, folder, files));
  const byKey = new Map(fields.map(text => [text.slice(0, text.indexOf(':')), text]));
  const order = [...byKey.values(), `resources: [${resources.join(', ')}]`, ...(components.length > 0 ? [`components: [${components.join(', ')}]`] : [])];
  files[`${folder}/${random.pick(['kustomization.yaml', 'kustomization.yaml', 'kustomization.yml', 'Kustomization'])}`] = `${order.join('\n')}\n`;
}

export function randomRoot(seed: number): Case {
  const random = new Random(seed);
  const files: Files = {};
  const written = Array.from({ length: 1 + random.int(4) }, (_, i) => {
    // The first is what patches and replicas are about.
    files[`base/o${i}.yaml`] = i === 0 ? DEPLOYMENT : object(random, `o${i}`, i);
    return `o${i}.yaml`;
  });
  kustomization(random, 'base', files, written, []);
  const components = ['c1', 'c2'].filter(() => random.chance(35));
  for (const name of components) {
    kustomization(random, name, files, [], []);
    for (const [path, text] of Object.entries(files)) if (path.startsWith(`${name}/`) && /ustomization/.test(path)) files[path] = `apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n${text.replace('resources: []\n', '')}`;
  }
  let below = '../base';
  const levels = 1 + random.int(3);
  for (let level = 0; level < levels; level++) {
    const folder = `overlay${level}`;
    const more = random.chance(40) ? ['own.yaml'] : [];
    if (more.length > 0) files[`${folder}/own.yaml`] = object(random, `own${level}`, level + 10);
    kustomization(random, folder, files, [below, ...more], level === levels - 1 ? components.map(name => `../${name}`) : []);
    below = `../${folder}`;
  }
  return { name: `seed ${seed}`, root: `overlay${levels - 1}`, files };
}
