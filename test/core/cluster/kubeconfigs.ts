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
};
