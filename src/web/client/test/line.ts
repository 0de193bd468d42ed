// A line to a node that breaks when a test says so.
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export class Line {
  /** WebSockets that were opened over it. */
  sockets = 0;
  private readonly ends = new Set<Socket>();
  private constructor(private readonly server: Server) {}

  static async start(node: string): Promise<Line> {
    const { hostname, port } = new URL(node);
    const server = createServer((near) => {
      const far = connect(Number(port), hostname);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        line.ends.add(from);
        from.on('error', () => undefined);
        from.on('close', () => {
          line.ends.delete(from);
          to.destroy();
        });
        from.pipe(to);
      }
      near.on('data', (bytes) => {
        if (bytes.toString('latin1').startsWith('GET /v1 ')) ++line.sockets;
      });
    });
    const line = new Line(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return line;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
  /** Every connection is gone when this returns; new ones are good. */
  async cut(): Promise<void> {
    const gone = [...this.ends].map((end) => new Promise((resolve) => end.once('close', resolve)));
    for (const end of this.ends) end.destroy();
    await Promise.all(gone);
  }
  close(): void {
    for (const end of this.ends) end.destroy();
    this.server.close();
  }
}
