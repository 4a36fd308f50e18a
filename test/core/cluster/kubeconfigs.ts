/** Kubeconfig files by name, for tests of ours and of kubectl on the same bytes. */
export const KUBECONFIGS: Readonly<Record<string, string>> = {
  a: `
current-context: x
clusters: [{name: c, cluster: {server: "https://a:1"}}]
users: [{name: u, user: {token: ta}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
`,
  b: `
apiVersion: v1
kind: Config
current-context: x
clusters:
  - {name: c, cluster: {server: "https://b:2", certificate-authority: ca.crt, proxy-url: "http://p:1"}}
  - {name: d, cluster: {server: "https://d:2", certificate-authority: sub/ca.crt}}
users:
  - {name: u, user: {client-certificate: c.crt, client-key: c.key}}
  - {name: v, user: {tokenFile: tok}}
contexts:
  - {name: x, context: {cluster: d, user: v, namespace: bb}}
  - {name: w, context: {cluster: d, user: v, namespace: ww}}
`,
  second: 'current-context: w\n',
  empty: '',
  comment: '# nothing yet\n',
  'deep/paths': `
current-context: x
clusters: [{name: c, cluster: {server: "https://a:1", certificate-authority: sub/ca.crt}}]
users:
  - name: u
    user: {client-certificate: ../c.crt, client-key: /abs/c.key, tokenFile: tok, exec: {apiVersion: client.authentication.k8s.io/v1, command: ./bin/login, interactiveMode: Never}}
contexts: [{name: x, context: {cluster: c, user: u}}]
`,
  full: `
current-context: x
clusters:
  - name: c
    cluster:
      server: https://f:1
      tls-server-name: real.name
      certificate-authority-data: ${Buffer.from('CERT').toString('base64')}
      insecure-skip-tls-verify: true
      proxy-url: socks5://p:1080
      extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: x}}]
users:
  - name: u
    user:
      as: jane
      as-uid: "7"
      as-groups: [a, b]
      as-user-extra: {scope: ["1", "2"]}
      exec:
        apiVersion: client.authentication.k8s.io/v1
        command: aws
        args: [eks, get-token]
        env: [{name: AWS_PROFILE, value: dev}]
        provideClusterInfo: true
        interactiveMode: Never
        installHint: install aws
contexts: [{name: x, context: {cluster: c, user: u}}]
`,
  twice: 'current-context: x\nclusters: [{name: c, cluster: {server: "https://a:1"}}, {name: c, cluster: {server: "https://b:1"}}]\n',
  number: 'current-context: x\nusers: [{name: u, user: {token: 12345678}}]\n',
  flag: 'current-context: x\nclusters: [{name: c, cluster: {server: "https://a:1", insecure-skip-tls-verify: "true"}}]\n',
  broken: 'users:\n  - name: u\n    user: {token: hunter2\n  - }{\n',
  list: '- a\n- b\n',
  nobody: `
current-context: x
clusters: [{name: c, cluster: {server: "https://a:1"}}]
users: [{name: u, user: {token: t, as-groups: [system:masters]}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
`,
  nocurrent: 'contexts: [{name: x, context: {cluster: c, user: u}}]\n',
  dangling: `
clusters: [{name: c, cluster: {server: "https://a:1"}}]
contexts: [{name: nocluster, context: {cluster: gone, user: u}}, {name: nouser, context: {cluster: c, user: gone}}]
`,
  uid: `
current-context: x
clusters: [{name: c, cluster: {server: "https://a:1"}}]
users: [{name: u, user: {token: t, as: jane, as-uid: "7", as-user-extra: {scope: [], Reason: ["a b", "ü"]}}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
`,
  basic: `
current-context: x
clusters: [{name: c, cluster: {server: a.example.org, insecure-skip-tls-verify: true, certificate-authority: ca.crt}}]
users: [{name: u, user: {username: me, password: hunter2}}]
contexts: [{name: x, context: {cluster: c, user: u, namespace: ""}}]
`,
  tokens: `
current-context: x
clusters: [{name: c, cluster: {server: "https://a:1"}}]
users: [{name: u, user: {tokenFile: /abs/tok, token: inline}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
`,
  provider: `
current-context: x
clusters: [{name: c, cluster: {server: "https://a:1"}}]
users: [{name: u, user: {auth-provider: {name: oidc, config: {idp-issuer-url: "https://i", client-id: me, id-token: it}}}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
`,
  'deep/data': `
current-context: x
clusters: [{name: c, cluster: {server: "https://a:1", certificate-authority: no.crt, certificate-authority-data: ${Buffer.from('CA').toString('base64')}}}]
users:
  - name: u
    user: {client-certificate: no.crt, client-certificate-data: ${Buffer.from('CERT').toString('base64')}, client-key: no.key, client-key-data: ${Buffer.from('KEY').toString('base64')}}
contexts: [{name: x, context: {cluster: c, user: u}}]
`,
  wrapped: `
current-context: x
clusters: [{name: c, cluster: {server: "https://a:1", certificate-authority-data: "${Buffer.from('CERTIFICATE').toString('base64').slice(0, 8)}\\n${Buffer.from('CERTIFICATE').toString('base64').slice(8)}\\n"}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
`,
  notBase64: `
current-context: x
clusters: [{name: c, cluster: {server: "https://a:1", certificate-authority-data: "hunter2 !"}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
`,
  unpadded: `
current-context: x
clusters: [{name: c, cluster: {server: "https://a:1", certificate-authority-data: "Q0E"}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
`,
  json: '{"current-context":"x","clusters":[{"name":"c","cluster":{"server":"https://a:1"}}],"users":[{"name":"u","user":{"token":"t"}}],"contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}]}',
  windows: '\ufeffcurrent-context: x\r\nclusters: [{name: c, cluster: {server: "https://a:1"}}]\r\nusers:\r\n- name: u\r\n  user:\r\n    token: t\r\ncontexts: [{name: x, context: {cluster: c, user: u}}]\r\n',
  several: '---\ncurrent-context: x\nclusters: [{name: c, cluster: {server: "https://a:1"}}]\nusers: [{name: u, user: {token: t}}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n---\ncurrent-context: y\n',
  anchors: `
current-context: x
base: &user {token: t}
clusters: [{name: c, cluster: &cluster {server: "https://a:1"}}, {name: d, cluster: *cluster}]
users: [{name: u, user: *user}]
contexts: [{name: x, context: {cluster: d, user: u}}]
`,
  merged: `
current-context: x
base: &base {server: "https://a:1", proxy-url: "http://p:1"}
clusters: [{name: c, cluster: {<<: *base, tls-server-name: real.name}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
`,
  nulls: `
current-context: x
preferences: null
extensions: ~
clusters: [{name: c, cluster: {server: "https://a:1", proxy-url: null, certificate-authority: ~, insecure-skip-tls-verify: null}}]
users: [{name: u, user: {token: t, exec: null, auth-provider: null, as-groups: null, as-user-extra: null}}]
contexts: [{name: x, context: {cluster: c, user: u, namespace: null}}]
`,
  yes: 'current-context: yes\ncontexts: [{name: yes, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: "https://a:1"}}]\nusers: [{name: u, user: {token: t}}]\n',
  octal: 'current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u, namespace: 017}}]\nclusters: [{name: c, cluster: {server: "https://a:1"}}]\nusers: [{name: u, user: {token: t}}]\n',
  date: 'current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u, namespace: 2026-01-01}}]\nclusters: [{name: c, cluster: {server: "https://a:1"}}]\nusers: [{name: u, user: {token: t}}]\n',
  keyTwice: 'current-context: x\ncurrent-context: z\ncontexts: [{name: x, context: {cluster: c, user: u}}, {name: z, context: {cluster: c, user: u, namespace: zz}}]\nclusters: [{name: c, cluster: {server: "https://a:1"}}]\nusers: [{name: u, user: {token: t}}]\n',
  capitals: 'Current-Context: x\ncurrent-context: x\ncontexts: [{Name: x, name: x, context: {Cluster: c, user: u}}]\nclusters: [{name: c, cluster: {Server: "https://a:1"}}]\nusers: [{name: u, user: {token: t}}]\n',
  nameless: 'current-context: x\nclusters: [{cluster: {server: "https://n:1"}}]\nusers: [{user: {token: t}}]\ncontexts: [{name: x, context: {}}]\n',
  bare: 'current-context: x\nclusters: [{name: c}]\nusers: [{name: u}]\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n',
  anonymous: 'current-context: x\nclusters: [{name: c, cluster: {server: "https://a:1"}}]\ncontexts: [{name: x, context: {cluster: c}}]\n',
  strange: 'current-context: "x/y:z @ü"\nclusters: [{name: "arn:aws:eks:x", cluster: {server: "https://a:1/k8s/clusters/c-1"}}]\nusers: [{name: "me@x", user: {token: t}}]\ncontexts: [{name: "x/y:z @ü", context: {cluster: "arn:aws:eks:x", user: "me@x", namespace: ns}}]\n',
  proto: 'current-context: __proto__\nclusters: [{name: __proto__, cluster: {server: "https://a:1"}}]\nusers: [{name: constructor, user: {token: t}}]\ncontexts: [{name: __proto__, context: {cluster: __proto__, user: constructor}}]\n',
  no: 'current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u, namespace: n}}]\nclusters: [{name: c, cluster: {server: "https://a:1"}}]\nusers: [{name: u, user: {token: t}}]\n',
  on: 'current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: "https://a:1", insecure-skip-tls-verify: On}}]\nusers: [{name: u, user: {token: t}}]\n',
  emptyCurrent: 'current-context: ""\n',
  otherKind: 'apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n',
  otherVersion: 'apiVersion: v2\nkind: Config\ncurrent-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: "https://a:1"}}]\n',
  groupsText: 'current-context: x\nusers: [{name: u, user: {as: j, as-groups: admins}}]\n',
  listOfTexts: 'current-context: x\ncontexts: [x]\n',
  tabs: 'current-context: x\nclusters:\n\t- name: c\n',
  text: 'just a text\n',
  provideInfo: `
current-context: x
clusters: [{name: c, cluster: {server: "https://a:1"}}]
users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: login, args: null, env: null, interactiveMode: IfAvailable}}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
`,
  'deep/programs': `
current-context: x
clusters: [{name: c, cluster: {server: "https://a:1"}}]
users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: ../up/login, args: ["", "two words", "-x"], env: [{name: A, value: ""}, {name: B, value: "1"}], interactiveMode: Always, installHint: "get it"}}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
`,
};
