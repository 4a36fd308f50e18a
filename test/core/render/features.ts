/** One kustomize root: files by path, and the folder to build. */
export interface Case {
  readonly name: string;
  readonly root: string;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
}

export const DEPLOYMENT = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: nginx:1.27 # kept by nobody
          env: [{name: A, value: "1"}]
          envFrom: [{configMapRef: {name: settings}}]
          ports: [{containerPort: 80}]
          volumeMounts: [{name: data, mountPath: /data}]
        - name: side
          image: busybox@sha256:0000000000000000000000000000000000000000000000000000000000000000
      volumes: [{name: data, secret: {secretName: token}}]
`;
export const SERVICE = `apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80}]
`;
const ROLES = `apiVersion: v1
kind: ServiceAccount
metadata: {name: bot}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: bot}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: bot}
subjects: [{kind: ServiceAccount, name: bot, namespace: default}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: bot}
rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
`;
const CUSTOM = `apiVersion: example.com/v1
kind: Widget
metadata: {name: wheel}
spec:
  image: nginx:1.27
  size: 3
  parts: [{name: rim, weight: 1}, {name: hub, weight: 2}]
  config: settings
`;
const INGRESS = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, annotations: {"nginx.ingress.kubernetes.io/rewrite-target": /}}
spec:
  rules: [{host: example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
`;
const BASE = { 'base/web.yaml': DEPLOYMENT, 'base/service.yaml': SERVICE, 'base/roles.yaml': ROLES, 'base/custom.yaml': CUSTOM, 'base/ingress.yaml': INGRESS, 'base/kustomization.yaml': 'resources: [web.yaml, service.yaml, roles.yaml, custom.yaml, ingress.yaml]\n' };

/** An overlay over the base above. */
const over = (name: string, kustomization: string, more: Case['files'] = {}): Case => ({ name, root: 'overlay', files: { ...BASE, 'overlay/kustomization.yaml': `resources: [../base]\n${kustomization}\n`, ...more } });

const SCHEMA = '{"definitions":{"v1.Widget":{"type":"object","properties":{"spec":{"type":"object","properties":{"parts":{"type":"array","items":{"type":"object"},"x-kubernetes-patch-merge-key":"name","x-kubernetes-patch-strategy":"merge"}}}},"x-kubernetes-group-version-kind":[{"group":"example.com","kind":"Widget","version":"v1"}]}}}';
const PATCH = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 7, template: {spec: {containers: [{name: web, resources: {limits: {cpu: 1}}}]}}}\n';

/** kustomize's features one by one, each in its least surprising form and in an odd one. */
export const FEATURES: readonly Case[] = [
  over('nothing but a base', ''),
  over('a file and a folder as resources', '', { 'overlay/kustomization.yaml': 'resources: [../base/web.yaml, ./more/, "./a b+c.yaml"]\n', 'overlay/more/kustomization.yml': 'resources: [x.yaml]', 'overlay/more/x.yaml': SERVICE.replace('web', 'more'), 'overlay/a b+c.yaml': SERVICE.replace('web', 'odd') }),
  over('a file outside the root is refused', '', { 'overlay/kustomization.yaml': 'resources: [../base/web.yaml]\n' }),
  over('bases, the old name of resources', '', { 'overlay/kustomization.yaml': 'bases: [../base]\n' }),
  over('two components, one after another', 'components: [../c1, ../c2]', {
    'c1/kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: p.yaml}]\n', 'c1/p.yaml': PATCH,
    'c2/kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: c2-\nreplicas: [{name: web, count: 9}]\n',
  }),
  over('patch: strategic merge, inline and from a file', `patches:\n  - path: p.yaml\n  - patch: |-\n      apiVersion: v1\n      kind: Service\n      metadata: {name: web}\n      spec: {type: NodePort}`, { 'overlay/p.yaml': PATCH }),
  over('patch: several documents in one file', 'patches: [{path: p.yaml}]', { 'overlay/p.yaml': `${PATCH}---\n${SERVICE.replace('port: 80', 'port: 81')}` }),
  over('patch: JSON 6902, inline and from a file', `patches:\n  - target: {kind: Deployment}\n    patch: |-\n      - op: replace\n        path: /spec/replicas\n        value: 5\n  - target: {group: apps, version: v1, kind: Deployment, name: w.*}\n    path: p.json`, { 'overlay/p.json': '[{"op":"add","path":"/spec/template/spec/containers/0/env/-","value":{"name":"B","value":"on"}},{"op":"test","path":"/spec/replicas","value":5}]' }),
  over('patch: by label and annotation selector', `patches:\n  - target: {labelSelector: app=web}\n    patch: '[{op: add, path: /metadata/annotations, value: {a: b}}]'\n  - target: {annotationSelector: "a=b"}\n    patch: '[{op: add, path: /metadata/annotations/c, value: "yes"}]'`),
  over('patch: delete an object, a list item and a field', `patches:\n  - patch: |-\n      $patch: delete\n      apiVersion: v1\n      kind: Service\n      metadata: {name: web}\n  - patch: |-\n      apiVersion: apps/v1\n      kind: Deployment\n      metadata: {name: web}\n      spec: {replicas: null, template: {spec: {containers: [{name: side, $patch: delete}]}}}`),
  over('patch: replace a map', `patches:\n  - patch: |-\n      apiVersion: apps/v1\n      kind: Deployment\n      metadata: {name: web}\n      spec: {template: {spec: {$patch: replace, containers: [{name: only, image: x}]}}}`),
  over('patch: name and kind may change', `patches:\n  - target: {kind: Service}\n    options: {allowNameChange: true, allowKindChange: true}\n    patch: |-\n      apiVersion: v1\n      kind: Endpoints\n      metadata: {name: other}`),
  {
    name: 'patch: an object takes the name of one that is deleted',
    root: '',
    files: {
      'kustomization.yaml': `resources: [mine.yaml, other.yaml]\npatches:\n  - target: {kind: ConfigMap, name: other}\n    patch: |-\n      $patch: delete\n      apiVersion: v1\n      kind: ConfigMap\n      metadata: {name: other}\n  - target: {kind: ConfigMap, name: mine}\n    patch: |-\n      - op: replace\n        path: /metadata/name\n        value: other\n`,
      'mine.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mine}\ndata: {k: mine}\n',
      'other.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\ndata: {k: other}\n',
    },
  },
  over('patch: no target matches', `patches: [{target: {kind: Nothing}, patch: '[{op: remove, path: /x}]'}]`),
  over('patch: a custom list is replaced', `patches:\n  - patch: |-\n      apiVersion: example.com/v1\n      kind: Widget\n      metadata: {name: wheel}\n      spec: {parts: [{name: hub, weight: 9}]}`),
  over('patchesStrategicMerge and patchesJson6902', `patchesStrategicMerge:\n  - p.yaml\n  - |-\n    apiVersion: v1\n    kind: Service\n    metadata: {name: web}\n    spec: {clusterIP: None}\npatchesJson6902:\n  - target: {version: v1, kind: Service, name: web}\n    path: j.yaml`, { 'overlay/p.yaml': PATCH, 'overlay/j.yaml': '- {op: replace, path: /spec/ports/0/port, value: 90}\n' }),
  over('images: tag, name, digest, and one that is not there', `images:\n  - {name: nginx, newTag: "1.28"}\n  - {name: busybox, newName: registry.example:5000/box, newTag: v2}\n  - {name: absent, newTag: x}`),
  over('images: digest, and tag suffix', `images:\n  - {name: nginx, digest: sha256:1111111111111111111111111111111111111111111111111111111111111111}\n  - {name: busybox, tagSuffix: -slim}`),
  over('imageTags, the old name of images', 'imageTags: [{name: nginx, newTag: "7"}]'),
  over('replicas', 'replicas: [{name: web, count: 0}]'),
  over('replicas of nothing', 'replicas: [{name: absent, count: 1}]'),
  over('replacements, inline and from a file', `replacements:\n  - path: r.yaml\n  - source: {kind: Service, name: web, fieldPath: spec.ports.0.port}\n    targets:\n      - select: {kind: Deployment}\n        fieldPaths: ['spec.template.spec.containers.[name=web].ports.0.containerPort']`, { 'overlay/r.yaml': `source: {kind: Widget, name: wheel, fieldPath: spec.image, options: {delimiter: ':', index: 1}}\ntargets:\n  - select: {kind: Deployment, name: web}\n    fieldPaths: ['spec.template.spec.containers.[name=web].image']\n    options: {delimiter: ':', index: 1}\n  - select: {kind: Ingress}\n    fieldPaths: [metadata.annotations.tag]\n    options: {create: true}\n` }),
  over('replacements: no such source', `replacements: [{source: {kind: Nothing, name: x}, targets: [{select: {kind: Service}, fieldPaths: [spec.x]}]}]`),
  over('generators: literals, files, envs, with hashes', `configMapGenerator:\n  - name: settings\n    literals: [a=b, "c=d=e", quoted='x']\n    files: [app.conf, renamed.txt=sub/f.txt]\n  - name: from-env\n    envs: [x.env]\nsecretGenerator:\n  - name: token\n    type: Opaque\n    literals: [password=secret]\n    files: [bin]`, { 'overlay/app.conf': 'x: 1\ny: "2"\n', 'overlay/sub/f.txt': 'long '.repeat(60), 'overlay/x.env': 'A=1\n# no\nB=two words\n', 'overlay/bin': new Uint8Array([0, 255, 1, 254, 10]) }),
  over('generators: no suffix, labels, annotations, immutable', `configMapGenerator:\n  - name: settings\n    literals: [a=b]\n    options: {disableNameSuffixHash: true, labels: {l: "1"}, annotations: {n: "true"}, immutable: true}\ngeneratorOptions: {labels: {all: generated}}`),
  over('generators: merge and replace', '', {
    'overlay/kustomization.yaml': `resources: [../mid]\nconfigMapGenerator:\n  - {name: settings, behavior: merge, literals: [a=2, c=3]}\n  - {name: other, behavior: replace, literals: [z=0]}\n`,
    'mid/kustomization.yaml': `resources: [../base]\nconfigMapGenerator:\n  - {name: settings, literals: [a=1, b=1]}\n  - {name: other, literals: [q=1]}\n`,
  }),
  over('generators: merge with nothing', 'configMapGenerator: [{name: absent, behavior: merge, literals: [a=b]}]'),
  over('namePrefix and nameSuffix', 'namePrefix: pre-\nnameSuffix: -post'),
  over('namespace', 'namespace: elsewhere'),
  over('namespace over a prefix and a generator', 'namespace: elsewhere\nnamePrefix: p-\nconfigMapGenerator: [{name: settings, literals: [a=b]}]\nsecretGenerator: [{name: token, literals: [a=b]}]'),
  over('commonLabels, commonAnnotations', 'commonLabels: {team: shop}\ncommonAnnotations: {note: "line 1\\nline 2"}'),
  over('labels with and without selectors', 'labels:\n  - pairs: {a: b}\n  - pairs: {c: d}\n    includeSelectors: true\n  - pairs: {e: f}\n    includeTemplates: true\n    fields: [{path: spec/labels, kind: Widget, create: true}]'),
  over('openapi from a file', `openapi: {path: schema.json}\npatches:\n  - patch: |-\n      apiVersion: example.com/v1\n      kind: Widget\n      metadata: {name: wheel}\n      spec: {parts: [{name: hub, weight: 9}]}`, { 'overlay/schema.json': SCHEMA }),
  over('openapi: a version that is not built in', 'openapi: {version: v1.2.3}'),
  over('configurations', 'configurations: [conf.yaml]\nnamePrefix: p-\nimages: [{name: nginx, newTag: "2"}]\ncommonLabels: {x: y}\nconfigMapGenerator: [{name: settings, literals: [a=b]}]', { 'overlay/conf.yaml': 'images: [{path: spec/image, kind: Widget}]\nnameReference: [{kind: ConfigMap, version: v1, fieldSpecs: [{path: spec/config, kind: Widget}]}]\ncommonLabels: [{path: spec/tags, create: true, kind: Widget}]\n' }),
  over('crds', 'crds: [crd.json]\nnamePrefix: p-\nconfigMapGenerator: [{name: settings, literals: [a=b]}]', { 'overlay/crd.json': '{"example.com/v1.Widget":{"Schema":{"properties":{"apiVersion":{"type":"string"},"kind":{"type":"string"},"metadata":{"$ref":"x"},"spec":{"$ref":"example.com/v1.WidgetSpec"}}}},"example.com/v1.WidgetSpec":{"Schema":{"properties":{"config":{"x-kubernetes-object-ref-api-version":"v1","x-kubernetes-object-ref-kind":"ConfigMap","x-kubernetes-object-ref-name-key":"name","type":"string"}}}}}' }),
  over('vars, the old replacements', `vars: [{name: PORT, objref: {apiVersion: v1, kind: Service, name: web}, fieldref: {fieldpath: metadata.name}}]\npatches:\n  - patch: |-\n      apiVersion: apps/v1\n      kind: Deployment\n      metadata: {name: web}\n      spec: {template: {spec: {containers: [{name: web, args: [--to=$(PORT)]}]}}}\nnamePrefix: p-`),
  over('builtin generators and transformers as files, inline and in a folder', `generators: [gen.yaml]\ntransformers:\n  - trans\n  - |-\n    apiVersion: builtin\n    kind: LabelTransformer\n    metadata: {name: l}\n    labels: {inline: "yes"}\n    fieldSpecs: [{path: metadata/labels, create: true}]`, {
    'overlay/gen.yaml': 'apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: made}\nfiles: [app.conf]\nliterals: [a=b]\n', 'overlay/app.conf': 'x=1\n',
    'overlay/trans/kustomization.yaml': 'resources: [p.yaml]\n', 'overlay/trans/p.yaml': 'apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: p}\npath: fix.yaml\ntarget: {kind: Service}\n', 'overlay/fix.yaml': '- {op: add, path: /spec/type, value: ClusterIP}\n',
  }),
  over('patch: JSON 6902 that copies, moves, tests and removes', `patches:\n  - target: {kind: Deployment}\n    path: p.yaml\n  - target: {kind: Widget}\n    patch: |-\n      - {op: test, path: /spec/size, value: 3}\n      - {op: copy, from: /spec/size, path: /spec/weight}\n      - {op: move, from: /spec/config, path: /spec/settings}\n      - {op: remove, path: /spec/parts/0}\n      - {op: add, path: /spec/parts/-, value: {name: axle, weight: 7}}`, { 'overlay/p.yaml': '- {op: test, path: /spec/template/spec/containers/0/image, value: "nginx:1.27"}\n- {op: copy, from: /spec/replicas, path: /spec/minReadySeconds}\n- {op: replace, path: /spec/template/spec/containers/0/image, value: "nginx:1.29"}\n- {op: test, path: /spec/template/spec/containers/0/image, value: "nginx:1.29"}\n- {op: add, path: /spec/template/metadata/annotations, value: {a~b: "1", deep: "2"}}\n- {op: replace, path: /spec/template/metadata/annotations/a~0b, value: "3"}\n' }),
  over('patch: JSON 6902 that only tests', `patches:\n  - target: {kind: Service}\n    patch: |-\n      - {op: test, path: /spec/selector/app, value: web}`),
  over('patch: label selectors choose what is patched', `patches:\n  - target: {labelSelector: app=web}\n    patch: |-\n      - {op: add, path: /metadata/annotations, value: {chosen: "1"}}`, { 'base/kustomization.yaml': 'resources: [s.yaml]\n', 'base/s.yaml': SERVICE.replace('{name: web}', '{name: web, labels: {app: web, other: web}}') }),
  over('patch: a label that a patch is chosen by is set twice', `patches:\n  - path: p.yaml\n  - target: {labelSelector: app=web}\n    patch: |-\n      - {op: add, path: /metadata/annotations, value: {chosen: "1"}}`, { 'base/kustomization.yaml': 'resources: [s.yaml]\n', 'base/s.yaml': SERVICE.replace('{name: web}', '{name: web, labels: {app: web}}'), 'overlay/p.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: web, labels: {app: web}}\n' }),
  over('images: a name that a base gave it, and only a tag for that', '', {
    'overlay/kustomization.yaml': 'resources: [../mid]\nimages: [{name: mirror.example:5000/nginx, newTag: "9"}]\n',
    'mid/kustomization.yaml': 'resources: [../base]\nimages: [{name: nginx, newName: mirror.example:5000/nginx}, {name: busybox, newTag: musl}]\n',
  }),
  over('images: a patched image, and one of an expression', `patches: [{path: p.yaml}]\nimages: [{name: "ngin.*", newTag: "2"}, {name: alpine, newTag: "3"}]`, { 'overlay/p.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: side, image: "alpine:3.20"}]}}}\n' }),
  over('replacements: several in one file, and a value of its own', `replacements: [{path: r.yaml}]`, { 'overlay/r.yaml': `- source: {kind: Widget, name: wheel, fieldPath: spec.size}\n  targets: [{select: {kind: Deployment}, fieldPaths: [spec.replicas]}]\n- sourceValue: fixed\n  targets: [{select: {kind: Service}, fieldPaths: [metadata.annotations.from], options: {create: true}}]\n` }),
  over('transformers of every kind, each in a file of its own', `transformers: [labels.yaml, annotations.yaml, images.yaml, replicas.yaml, patches.yaml, merged.yaml, json.yaml, replaced.yaml, added.yaml, prefix.yaml, namespace.yaml]\nvalidators: [validator.yaml]`, {
    'overlay/labels.yaml': 'apiVersion: builtin\nkind: LabelTransformer\nmetadata: {name: x}\nlabels: {team: shop}\nfieldSpecs: [{path: metadata/labels, create: true}]\n',
    'overlay/annotations.yaml': 'apiVersion: builtin\nkind: AnnotationsTransformer\nmetadata: {name: x}\nannotations: {note: "yes"}\nfieldSpecs: [{path: metadata/annotations, create: true}]\n',
    'overlay/images.yaml': 'apiVersion: builtin\nkind: ImageTagTransformer\nmetadata: {name: x}\nimageTag: {name: nginx, newTag: "3"}\nfieldSpecs: [{path: spec/image, kind: Widget}]\n',
    'overlay/replicas.yaml': 'apiVersion: builtin\nkind: ReplicaCountTransformer\nmetadata: {name: x}\nreplica: {name: web, count: 8}\nfieldSpecs: [{path: spec/replicas, kind: Deployment}]\n',
    'overlay/patches.yaml': 'apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: x}\ntarget: {kind: Service}\npatch: |-\n  - op: add\n    path: /spec/type\n    value: NodePort\n---\napiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: y}\npath: fix.yaml\n',
    'overlay/fix.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {clusterIP: None}\n',
    'overlay/merged.yaml': 'apiVersion: builtin\nkind: PatchStrategicMergeTransformer\nmetadata: {name: x}\npaths: [more.yaml]\n',
    'overlay/more.yaml': 'apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: wheel}\nspec: {colour: red}\n',
    'overlay/json.yaml': `apiVersion: builtin\nkind: PatchJson6902Transformer\nmetadata: {name: x}\ntarget: {group: networking.k8s.io, version: v1, kind: Ingress, name: web}\njsonOp: '[{"op": "replace", "path": "/spec/rules/0/host", "value": "shop.example"}]'\n`,
    'overlay/replaced.yaml': 'apiVersion: builtin\nkind: ReplacementTransformer\nmetadata: {name: x}\nreplacements: [{path: r.yaml}]\n',
    'overlay/r.yaml': 'source: {kind: Widget, name: wheel, fieldPath: spec.size}\ntargets: [{select: {kind: Deployment, name: web}, fieldPaths: [spec.minReadySeconds], options: {create: true}}]\n',
    'overlay/added.yaml': 'apiVersion: builtin\nkind: ValueAddTransformer\nmetadata: {name: x}\nvalue: added\ntargets: [{selector: {kind: Widget}, fieldPath: spec/more}]\n',
    'overlay/prefix.yaml': 'apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: x}\nprefix: t-\nfieldSpecs: [{path: metadata/name}]\n',
    'overlay/namespace.yaml': 'apiVersion: builtin\nkind: NamespaceTransformer\nmetadata: {name: x, namespace: elsewhere}\nfieldSpecs: [{path: metadata/namespace, create: true}]\n',
    'overlay/validator.yaml': 'apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: v}\ntarget: {kind: Nothing}\npatch: |-\n  - {op: test, path: /kind, value: Widget}\n',
  }),
  over('a patch in a transformer in the kustomization, and one below a folder of folders', `transformers:\n  - |-\n    apiVersion: builtin\n    kind: PatchTransformer\n    metadata: {name: p}\n    target: {kind: Service}\n    patch: |-\n      - op: add\n        path: /spec/type\n        value: NodePort\n  - ../deep`, {
    'deep/kustomization.yaml': 'resources: [../deeper]\n', 'deeper/kustomization.yaml': 'resources: [a.yaml]\n', 'deeper/a.yaml': 'apiVersion: builtin\nkind: AnnotationsTransformer\nmetadata: {name: a}\nannotations: {deep: "1"}\nfieldSpecs: [{path: metadata/annotations, create: true}]\n',
  }),
  over('transformers that a patch changes first', `transformers: [../changed]`, {
    'changed/kustomization.yaml': 'resources: [a.yaml]\npatches: [{target: {kind: AnnotationsTransformer}, patch: "- {op: replace, path: /annotations/deep, value: patched}"}]\n', 'changed/a.yaml': 'apiVersion: builtin\nkind: AnnotationsTransformer\nmetadata: {name: a}\nannotations: {deep: "1", same: "2"}\nfieldSpecs: [{path: metadata/annotations, create: true}]\n',
  }),
  over('generators as files: a Secret and a ConfigMap, of files, lines and literals', `generators: [gen.yaml]`, {
    'overlay/gen.yaml': 'apiVersion: builtin\nkind: SecretGenerator\nmetadata: {name: hidden}\ntype: Special\nenvs: [x.env]\nfiles: [bin, own=y.txt]\n---\napiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: made}\nliterals: [a=b]\noptions: {labels: {from: generator}}\n',
    'overlay/x.env': 'A=1\nB=two\n', 'overlay/y.txt': 'text\n', 'overlay/bin': new Uint8Array([0, 255, 1, 254, 10]),
  }),
  over('sort order: fifo, and legacy with an order of its own', 'sortOptions: {order: fifo}'),
  over('sort order: legacy', 'sortOptions: {order: legacy, legacySortOptions: {orderFirst: [Widget], orderLast: [Namespace]}}'),
  over('buildMetadata: origin, transformers, managed by', 'buildMetadata: [originAnnotations, transformerAnnotations, managedByLabel]\nnamePrefix: p-'),
  over('YAML: anchors, merge keys, odd scalars, block texts', '', { 'overlay/kustomization.yaml': 'resources: [odd.yaml]\n', 'overlay/odd.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd, annotations: &a {x: "1"}}\ndata:\n  a: "0400"\n  b: yes\n  c: 2024-01-02\n  d: |+\n    two lines\n\n  e: >-\n    folded\n    text\n  f: "tab\\t\\u00e9"\n  'g': ~\n---\napiVersion: example.com/v1\nkind: Widget\nmetadata: {name: odd, annotations: *a}\nspec: {a: 0400, b: 0o17, c: 1_000, d: 9007199254740993, e: 1e3, f: .inf, g: !!str 12, h: 0x1F, i: 12345678901234567890, <<: {m: 1}}\n` }),
  over('a List as resource', '', { 'overlay/kustomization.yaml': 'resources: [list.yaml]\nnamePrefix: p-\n', 'overlay/list.yaml': 'apiVersion: v1\nkind: List\nitems:\n  - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n  - {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n' }),
  over('JSON as resource, and a byte order mark', '', { 'overlay/kustomization.yaml': 'resources: [a.json, b.yaml]\n', 'overlay/a.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"x":"1"}}', 'overlay/b.yaml': `\ufeff${SERVICE}` }),
  over('CRLF', '', { 'overlay/kustomization.yaml': 'resources:\r\n  - b.yaml\r\nnamePrefix: p-\r\n', 'overlay/b.yaml': SERVICE.replaceAll('\n', '\r\n') }),
  over('a diamond with different prefixes', '', { 'overlay/kustomization.yaml': 'resources: [../l, ../r]\n', 'l/kustomization.yaml': 'resources: [../base]\nnamePrefix: l-\nnamespace: l\n', 'r/kustomization.yaml': 'resources: [../base]\nnamePrefix: r-\nnamespace: r\n' }),
  over('a needs-hash annotation of its own', 'namePrefix: p-', { 'overlay/kustomization.yaml': 'resources: [c.yaml]\n', 'overlay/c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, annotations: {kustomize.config.k8s.io/needs-hash: "true"}}\ndata: {a: b}\n' }),
  over('local configuration and generateName', '', { 'overlay/kustomization.yaml': 'resources: [c.yaml, b.yaml]\n', 'overlay/c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, annotations: {config.kubernetes.io/local-config: "true"}}\n', 'overlay/b.yaml': SERVICE }),
  over('an empty kustomization', '', { 'overlay/kustomization.yaml': '' }),
  over('a kustomization without resources', '', { 'overlay/kustomization.yaml': 'namePrefix: x-\n' }),
  over('an empty resource file', '', { 'overlay/kustomization.yaml': 'resources: [e.yaml, b.yaml]\n', 'overlay/e.yaml': '# nothing\n', 'overlay/b.yaml': SERVICE }),
  over('two kustomization files', '', { 'overlay/kustomization.yml': 'resources: [../base]\n' }),
  over('the name Kustomization', '', { 'overlay/kustomization.yaml': 'resources: [../k]\n', 'k/Kustomization': 'resources: [s.yaml]\n', 'k/s.yaml': SERVICE }),
  over('fields in other letters', '', {
    'overlay/kustomization.yaml': 'Resources: [../base, own.yaml]\nNAMEPREFIX: p-\nnamespace: shop\nImages: [{Name: nginx, NEWTAG: "1.29"}]\nPatches:\n  - Target: {Kind: Deployment}\n    Patch: |-\n      - {op: replace, path: /spec/replicas, value: 7}\nLabels: [{Pairs: {Team: shop}}]\nconfigMapGenerator: [{Name: made, Literals: [a=b], OPTIONS: {Labels: {Own: "1"}}}]\nreplicas: &none []\nReplicaS: *none\n',
    'overlay/own.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\ndata: {a: b}\n',
  }),
  over('a field in two spellings', '', { 'overlay/kustomization.yaml': 'resources: [../base]\nResources: [own.yaml]\nnameSuffix: -a\nnamesuffix: -b\n', 'overlay/own.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\n' }),
  over('an unknown field', 'nonsense: true'),
  over('a file that is not there', '', { 'overlay/kustomization.yaml': 'resources: [absent.yaml]\n' }),
  over('a broken file', '', { 'overlay/kustomization.yaml': 'resources: [b.yaml]\n', 'overlay/b.yaml': 'apiVersion: v1\nkind: [\n' }),
  over('an object twice', '', { 'overlay/kustomization.yaml': 'resources: [../base, s.yaml]\n', 'overlay/s.yaml': SERVICE }),
  over('a cycle', '', { 'overlay/kustomization.yaml': 'resources: [../x]\n', 'x/kustomization.yaml': 'resources: [../overlay]\n' }),
  over('a component as resource, a kustomization as component', 'components: [../base]'),
  over('a resource without a name', '', { 'overlay/kustomization.yaml': 'resources: [n.yaml]\n', 'overlay/n.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {labels: {a: b}}\n' }),
];
