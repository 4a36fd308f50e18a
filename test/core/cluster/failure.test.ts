import assert from 'node:assert/strict';
import { answerFailure, hostOf, notKubernetes, transportFailure } from '../../../src/core/cluster/failure';

const SERVER = 'https://user:hunter2@k8s.example.org:6443/clusters/one';
const coded = (code: string, cause?: Error): Error => Object.assign(new Error(`message with hunter2 ${code}`, { cause }), { code });
const status = (more: object): string => JSON.stringify({ kind: 'Status', status: 'Failure', ...more });

describe('words for failures', () => {
  const network: readonly (readonly [string, Error, string, string])[] = [
    ['refused', coded('ECONNREFUSED'), 'offline', 'k8s.example.org:6443 refuses connections'],
    ['refused on both families', new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')]), 'offline', 'k8s.example.org:6443 refuses connections'],
    ['no such name', coded('ENOTFOUND'), 'offline', 'k8s.example.org:6443 is a name that cannot be resolved'],
    ['no name server', coded('EAI_AGAIN'), 'offline', 'k8s.example.org:6443 is a name that cannot be resolved at the moment'],
    ['reset', coded('ECONNRESET'), 'offline', 'k8s.example.org:6443 closed the connection'],
    ['closed, as undici says it', coded('UND_ERR_SOCKET'), 'offline', 'k8s.example.org:6443 closed the connection'],
    ['refused, below undici', coded('UND_ERR_SOCKET', coded('ECONNREFUSED')), 'offline', 'k8s.example.org:6443 refuses connections'],
    ['no answer', coded('UND_ERR_HEADERS_TIMEOUT'), 'offline', 'k8s.example.org:6443 does not answer'],
    ['no connection', coded('UND_ERR_CONNECT_TIMEOUT'), 'offline', 'k8s.example.org:6443 does not answer'],
    ['certificate ended', coded('CERT_HAS_EXPIRED'), 'badAnswer', 'k8s.example.org:6443 cannot be trusted: its certificate has expired'],
    ['self-signed', coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'badAnswer', 'k8s.example.org:6443 cannot be trusted: its certificate is self-signed and the kubeconfig names no CA for it'],
    ['another name', coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'badAnswer', 'k8s.example.org:6443 cannot be trusted: its certificate is for another host name'],
    ['another CA', coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'badAnswer', 'k8s.example.org:6443 cannot be trusted: its certificate comes from a CA that the kubeconfig does not trust'],
    ['our certificate ended', coded('ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED'), 'unauthenticated', 'k8s.example.org:6443 says that our client certificate has expired'],
    ['our certificate is not accepted', coded('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'unauthenticated', 'k8s.example.org:6443 does not accept our client certificate'],
    ['no TLS', coded('ERR_SSL_WRONG_VERSION_NUMBER'), 'badAnswer', 'k8s.example.org:6443 does not speak TLS; is the address right?'],
    ['a proxy that wants a login', Object.assign(new Error('Proxy response (407) !== 200 when HTTP Tunneling'), { code: 'UND_ERR_ABORTED' }), 'offline', 'the proxy on the way to k8s.example.org:6443 wants a login (407)'],
    ['something new', coded('EWHATEVER'), 'offline', 'k8s.example.org:6443 cannot be reached (EWHATEVER)'],
  ];
  for (const [name, error, kind, message] of network) {
    it(`below HTTP: ${name}`, () => {
      const failure = transportFailure(error, SERVER);
      assert.deepEqual([failure.kind, failure.message], [kind, message]);
      assert.equal(failure.status, undefined);
    });
  }

  it('what was stopped by us is no failure of the network', () => {
    const abort = new AbortController();
    abort.abort();
    assert.equal(transportFailure(coded('ECONNRESET'), SERVER, abort.signal).kind, 'aborted');
  });

  const answers: readonly (readonly [string, number, string, string, string, string])[] = [
    ['forbidden', 403, 'application/json', status({ message: 'pods is forbidden: User "a" cannot list' }), 'denied', 'x: pods is forbidden: User "a" cannot list'],
    ['conflict', 409, 'application/json', status({ message: 'Apply failed with 1 conflict' }), 'conflict', 'x: Apply failed with 1 conflict'],
    ['invalid', 422, 'application/json', status({ message: 'spec.replicas: Invalid value' }), 'invalid', 'x: spec.replicas: Invalid value'],
    ['an apply that does not fit the schema, which the server calls its own error', 500, 'application/json', status({ message: 'failed to create typed patch object (a/b; apps/v1, Kind=Deployment): .spec.x: field not declared in schema' }), 'invalid', 'x: failed to create typed patch object (a/b; apps/v1, Kind=Deployment): .spec.x: field not declared in schema'],
    ['a Status without words', 500, 'application/json', status({}), 'offline', 'x: the API server answered 500'],
    ['refused credentials', 401, 'application/json', '{}', 'unauthenticated', 'k8s.example.org:6443 does not accept the credentials of this context'],
    ['too many requests, in plain text', 429, 'text/plain', 'Too many requests', 'throttled', 'x: k8s.example.org:6443 answered 429'],
    ['404 of a kind that is not served, in plain text', 404, 'text/plain', '404 page not found', 'notFound', 'x: k8s.example.org:6443 answered 404'],
    ['404 of a web server', 404, 'text/html', '<html>', 'badAnswer', 'k8s.example.org:6443 answered with something that is not a Kubernetes API (a proxy or a sign-in page in between?)'],
    ['403 of a web server that says nothing of its type', 403, '', ' <!doctype html>', 'badAnswer', 'k8s.example.org:6443 answered with something that is not a Kubernetes API (a proxy or a sign-in page in between?)'],
    ['502 of a proxy', 502, 'text/html', '<html>', 'offline', 'x: k8s.example.org:6443 answered 502'],
    ['a redirect', 302, 'text/html', '<html>', 'badAnswer', 'k8s.example.org:6443 answered with something that is not a Kubernetes API (a proxy or a sign-in page in between?)'],
  ];
  for (const [name, code, contentType, text, kind, message] of answers) {
    it(`an answer: ${name}`, () => {
      const failure = answerFailure({ status: code, contentType, text }, 'x', SERVER);
      assert.deepEqual([failure.kind, failure.message, failure.status], [kind, message, code]);
    });
  }

  it('names a server by host and port only', () => {
    assert.deepEqual([hostOf(SERVER), hostOf('not a url')], ['k8s.example.org:6443', 'the server']);
    assert.ok(!notKubernetes(SERVER, 200).message.includes('hunter2'));
  });
});
