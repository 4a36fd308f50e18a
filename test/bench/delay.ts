import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface DelayedServer {
  /** `https://127.0.0.1:PORT` in place of the server's own. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * The network between a client and a server that is `ms` away, there and back: every piece of a connection arrives half
 * of that later, the first one a whole way later still, for the handshake of TCP. Below TLS, so that TLS pays as well.
 */
export async function startDelayed(server: string, ms: number): Promise<DelayedServer> {
  const { hostname, port } = new URL(server);
  const sockets = new Set<Socket>();
  const relay = createServer({ allowHalfOpen: true }, client => {
    const upstream = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => [client, upstream].forEach(one => one.destroy()));
    }
    const opened = Date.now() + ms;
    later(client, upstream, () => ms / 2 + Math.max(0, opened - Date.now()));
    later(upstream, client, () => ms / 2);
  });
  await new Promise<void>(done => relay.listen(0, '127.0.0.1', done));
  return {
    url: `https://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    stop: () =>
      new Promise(done => {
        relay.close(() => done());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Hands on what comes, in its order, each piece when its time is up. */
function later(from: Socket, to: Socket, delay: () => number): void {
  let due = 0;
  const then = (act: () => void): void => {
    // Never before what came first.
    due = Math.max(due, performance.now() + delay());
    setTimeout(act, due - performance.now());
  };
  from.on('data', (chunk: Buffer) => then(() => to.destroyed || to.write(chunk)));
  from.on('end', () => then(() => to.end()));
}
