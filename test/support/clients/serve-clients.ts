import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { build } from 'esbuild';

/** Published clients, each in a page of its own with an input for a file and buttons for the test. */
export const PAGE_CLIENTS = ['uppy-6', 'uppy-5', 'uppy-tus', 'tus'] as const;
export type PageClient = (typeof PAGE_CLIENTS)[number];

export interface ClientPages {
  urlOf(client: PageClient): string;
  close(): Promise<void>;
}

/** npm holds both releases of Uppy, the older one under names of ours. */
const ALIASES: Partial<Record<PageClient, Record<string, string>>> = {
  'uppy-5': { '@uppy/core': 'uppy-core-5' },
};

/** Bundles the clients as npm has them, and serves their pages on 127.0.0.1. */
export async function serveClients(): Promise<ClientPages> {
  const files = new Map<string, { type: string; body: string }>();
  for (const client of PAGE_CLIENTS) {
    files.set(`/${client}.js`, { type: 'text/javascript', body: await bundle(client) });
    files.set(`/${client}`, {
      type: 'text/html',
      body: `<!doctype html><title>${client}</title><input type="file"><script src="/${client}.js"></script>`,
    });
  }
  const server = http.createServer((request, response) => {
    const file = files.get(request.url ?? '');
    if (!file) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': `${file.type}; charset=utf-8` }).end(file.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    urlOf: (client) => `http://127.0.0.1:${port}/${client}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function bundle(client: PageClient): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, `${client}.js`)],
    alias: ALIASES[client] ?? {},
    bundle: true,
    format: 'iife',
    platform: 'browser',
    write: false,
  });
  return outputFiles.map(({ text }) => text).join('');
}
