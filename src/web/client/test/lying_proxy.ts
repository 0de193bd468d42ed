// A node that lies: it asks an honest one and alters what that says.
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

import { type Json } from 'pcq-client';

export type Ask = (method: string, params: { [name: string]: Json }) => Promise<Json>;
/** The result that is passed on; `ask` asks the honest node something else. */
export type Lie = (
  method: string,
  params: { [name: string]: Json },
  honest: () => Promise<Json>,
  ask: Ask,
) => Promise<Json>;

export class LyingProxy {
  lie: Lie | undefined;
  private constructor(private readonly server: Server) {}

  static async start(node: string): Promise<LyingProxy> {
    const forward = async (body: string) =>
      (await (
        await fetch(`${node}/v1`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })
      ).json()) as { result: Json };
    const ask: Ask = async (method, params) =>
      (await forward(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))).result;
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (part: Buffer) => (body += part.toString()));
      request.on('end', () => {
        const { method, params } = JSON.parse(body) as { method: string; params: { [name: string]: Json } };
        const answer =
          proxy.lie === undefined
            ? forward(body)
            : proxy
                .lie(method, params, () => ask(method, params), ask)
                .then((result) => ({ jsonrpc: '2.0', id: 1, result }));
        void answer.then((text) => response.end(JSON.stringify(text)));
      });
    });
    const proxy = new LyingProxy(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
