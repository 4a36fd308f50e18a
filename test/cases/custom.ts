import { configMap, deployment, type Case } from './case';

/** A kind with everything a structural schema can say; put into the cluster before any case. */
export const CRD = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.cases.example
spec:
  group: cases.example
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                id: {type: integer, format: int64}
                mode: {type: string, default: simple}
                cpu:
                  anyOf: [{type: integer}, {type: string}]
                  x-kubernetes-int-or-string: true
                  pattern: ^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$
                routes:
                  type: array
                  items:
                    type: object
                    properties:
                      host: {type: string}
                      weight: {type: integer, default: 1}
                parts:
                  type: array
                  x-kubernetes-list-type: map
                  x-kubernetes-list-map-keys: [name]
                  items:
                    type: object
                    required: [name]
                    properties:
                      name: {type: string}
                      size: {type: integer}
                tags: {type: array, x-kubernetes-list-type: set, items: {type: string}}
                free: {type: object, x-kubernetes-preserve-unknown-fields: true}
                numbers: {type: array, x-kubernetes-list-type: set, items: {type: integer}}
                ports:
                  type: array
                  x-kubernetes-list-type: map
                  x-kubernetes-list-map-keys: [port, protocol]
                  items:
                    type: object
                    required: [port]
                    properties:
                      port: {type: integer}
                      protocol: {type: string, default: TCP}
                      note: {type: string}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: secrets.cases.example
spec:
  group: cases.example
  scope: Namespaced
  names: {kind: Secret, plural: secrets}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, properties: {data: {type: object, additionalProperties: {type: string}}, stringData: {type: object, additionalProperties: {type: string}}}}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: sealedsecrets.bitnami.com
spec:
  group: bitnami.com
  scope: Namespaced
  names: {kind: SealedSecret, plural: sealedsecrets}
  versions:
    - name: v1alpha1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                encryptedData: {type: object, additionalProperties: {type: string}, x-kubernetes-preserve-unknown-fields: true}
                template:
                  type: object
                  x-kubernetes-preserve-unknown-fields: true
                  properties:
                    metadata: {type: object, nullable: true, x-kubernetes-preserve-unknown-fields: true}
`;

export const widget = (spec: string): string => `apiVersion: cases.example/v1\nkind: Widget\nmetadata:\n  name: web\n  namespace: NS\nspec:\n${spec.replace(/^(?=.)/gm, '  ').replace(/\n?$/, '\n')}`;

/** Custom resources, and rows that need no applier. */
export const CUSTOM: readonly Case[] = [
  { row: '20', name: 'an integer beyond 2^53', git: widget('id: 9007199254740993'), verdict: 'in-sync' },
  { row: '20b', name: 'an integer beyond 2^53, one less in the cluster', git: widget('id: 9007199254740993'), steps: [{ patch: { spec: { id: 9007199254740992n } }, as: 'k9s' }], verdict: 'drift', fields: ['.spec.id drift:changed overwritten @7'] },
  { row: '11', name: 'a quantity its operator writes in another way', git: widget('cpu: 2000m'), steps: [{ patch: { spec: { cpu: '2' } }, as: 'operator' }], verdict: 'in-sync', fields: ['.spec.cpu equivalent overwritten @7'] },
  { row: '11b', name: 'a quantity its operator changes', git: widget('cpu: 2000m'), steps: [{ patch: { spec: { cpu: '3' } }, as: 'operator' }], verdict: 'drift', fields: ['.spec.cpu drift:changed overwritten @7'] },
  { row: '86', name: 'a default inside the items of an atomic list', git: widget('routes:\n  - host: a'), verdict: 'in-sync', fields: ['.spec.routes equivalent:changed none @7'] },
  { row: '86b', name: 'an item another tool adds to an atomic list', git: widget('routes:\n  - host: a'), steps: [{ json: [{ op: 'add', path: '/spec/routes/-', value: { host: 'b' } }], as: 'operator' }], verdict: 'drift', fields: ['.spec.routes drift:changed overwritten @7'] },
  { row: '86c', name: 'an item another tool adds to a keyed list', git: widget('parts:\n  - {name: a, size: 1}'), steps: [{ json: [{ op: 'add', path: '/spec/parts/-', value: { name: 'b', size: 2 } }], as: 'operator' }], verdict: 'in-sync', kept: ['.spec.parts[name="b"] extra:extra kept @7'] },
  { row: '86d', name: 'an item kubectl edit adds to a set', git: widget('tags: [a]'), steps: [{ json: [{ op: 'add', path: '/spec/tags/-', value: 'b' }], as: 'kubectl-edit' }], verdict: 'drift', fields: ['.spec.tags[="b"] drift:extra deleted @7'] },
  { row: '86e', name: 'a zero value of a custom resource, taken away', git: widget('id: 0\nmode: x'), steps: [{ json: [{ op: 'remove', path: '/spec/id' }], as: 'k9s' }], verdict: 'drift', fields: ['.spec.id drift:removed overwritten @7'] },
  { row: '86f', name: 'a default of a custom resource', git: widget('id: 1'), verdict: 'in-sync' },
  { row: '88', name: 'a subtree without a schema', git: widget('free:\n  a: {b: 1}\n  list: [1, 2]'), steps: [{ patch: { spec: { free: { a: { b: 2 }, list: [2, 1] } } }, as: 'k9s' }], verdict: 'drift', fields: ['.spec.free.a.b drift:changed overwritten @8', '.spec.free.list drift:changed overwritten @9'] },
  { row: '88b', name: 'what another tool adds to a subtree without a schema', git: widget('free: {a: 1}'), steps: [{ patch: { spec: { free: { c: 1 } } }, as: 'operator' }], verdict: 'in-sync', kept: ['.spec.free.c extra:extra kept @7'] },
  { row: '112', name: 'a placeholder of a webhook’s certificate', git: 'apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata:\n  name: NS-hook\nwebhooks:\n  - name: a.cases.example\n    admissionReviewVersions: [v1]\n    sideEffects: None\n    failurePolicy: Ignore\n    clientConfig: {url: "https://127.0.0.1:1/x", caBundle: Cg==}\n', steps: [{ json: [{ op: 'replace', path: '/webhooks/0/clientConfig/caBundle', value: 'Cgo=' }], as: 'ca-injector' }], verdict: 'drift', fields: ['.webhooks[name="a.cases.example"].clientConfig.caBundle drift:changed overwritten @10'] },
  { row: '130', name: 'no namespace under Flux is refused', git: configMap('a: b').replace('  namespace: NS\n', ''), refused: true, verdict: 'invalid' },
  { row: '151', name: 'a key SOPS encrypted, which only a decrypting applier sends', applier: 'kubectl-ssa', base: 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\n  namespace: NS\ndata:\n  a: eA==\n', git: 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: web\n  namespace: NS\ndata:\n  a: ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\nsops:\n  mac: ENC[x]\n', verdict: 'undecided', differs: false, fields: ['.data.a undecided:changed unknown ? @7'] },
  { row: '76', name: 'one host alias twice is refused', git: deployment({ pod: 'hostAliases:\n  - {ip: 10.0.0.1, hostnames: [a]}\n  - {ip: 10.0.0.1, hostnames: [b]}' }), refused: true, verdict: 'invalid', fields: ['.spec.template.spec.hostAliases[ip="10.0.0.1"] invalid unknown @14'] },
  { row: '23', name: 'keys that look like booleans stay text to Flux', git: configMap('on: x\n"no": y'), verdict: 'in-sync' },
  { row: '44', name: 'a list of merge keys', git: deployment({ labels: '<<: [{p: "1"}, {p: "2", q: "3"}]' }), verdict: 'in-sync' },
  { row: '98', name: 'a claim reference the binder completes', git: 'apiVersion: v1\nkind: PersistentVolume\nmetadata:\n  name: NS-pv\nspec:\n  capacity: {storage: 1Gi}\n  accessModes: [ReadWriteOnce]\n  hostPath: {path: /x}\n  claimRef: {name: web, namespace: NS}\n', steps: [{ patch: { spec: { claimRef: { uid: 'u-1', resourceVersion: '5' } } }, as: 'kube-controller-manager' }], verdict: 'in-sync', kept: ['.spec.claimRef.uid extra:extra kept @9', '.spec.claimRef.resourceVersion extra:extra kept @9'] },
  { row: '113', name: 'a definition and what the server adds to it', git: 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: gadgets.cases.example\nspec:\n  group: cases.example\n  scope: Namespaced\n  names: {kind: Gadget, plural: gadgets}\n  conversion: {strategy: None}\n  preserveUnknownFields: false\n  versions:\n    - name: v1\n      served: true\n      storage: true\n      schema: {openAPIV3Schema: {type: object}}\n', verdict: 'in-sync', fields: ['.spec.preserveUnknownFields equivalent:removed none @10'] },
];
