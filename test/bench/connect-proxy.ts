import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A forward proxy on loopback, which leads every name to one place, so that names that do not exist can be asked for. */
export interface ConnectProxy {
  readonly port: number;
  /** `host:port` of every tunnel that was asked for. */
  readonly asked: readonly string[];
  /** Bytes that came back through all of them. */
  readonly bytes: number;
  stop(): Promise<void>;
}

/** An HTTP proxy as companies run it. With `login` it answers 407 to whoever does not bring `user:password`. */
export function startConnectProxy(target: URL, login?: string): Promise<ConnectProxy> {
  const asked: string[] = [];
  const traffic = { bytes: 0 };
  const wanted = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
  const server = createHttpServer((_request, answer) => answer.writeHead(405).end());
  server.on('connect', ({ url, headers }, socket: Socket) => {
    asked.push(url ?? '');
    if (wanted !== undefined && headers['proxy-authorization'] !== wanted) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="proxy"\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    join(socket, target, traffic);
  });
  return listening(server, asked, traffic);
}

/** SOCKS 5 without a login (RFC 1928), connections by name or IPv4 address. */
export function startSocksProxy(target: URL): Promise<ConnectProxy> {
  const asked: string[] = [];
  const traffic = { bytes: 0 };
  const server = createServer(socket => {
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]));
      socket.once('data', request => {
        const named = request[3] === 3;
        const host = named ? request.subarray(5, 5 + (request[4] ?? 0)).toString() : [...request.subarray(4, 8)].join('.');
        asked.push(`${host}:${request.readUInt16BE(request.length - 2)}`);
        socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
        join(socket, target, traffic);
      });
    });
  });
  return listening(server, asked, traffic);
}

function join(socket: Socket, target: URL, traffic: { bytes: number }): void {
  const upstream = connect(Number(target.port), target.hostname);
  upstream.on('data', (chunk: Buffer) => (traffic.bytes += chunk.length));
  for (const [from, to] of [[socket, upstream], [upstream, socket]] as const) {
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  }
}

async function listening(server: Server, asked: readonly string[], traffic: { readonly bytes: number }): Promise<ConnectProxy> {
  const open = new Set<Socket>();
  server.on('connection', socket => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    get bytes() {
      return traffic.bytes;
    },
    stop: () => {
      for (const socket of open) socket.destroy();
      return new Promise<void>(done => void server.close(() => done()));
    },
  };
}
