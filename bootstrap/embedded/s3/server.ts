/**
 * An S3 server inside the process, for laptops and tests. Rows are in SQLite, bytes in files; an object or a part
 * is there whole or not at all, across a cut connection, `kill -9` and a power cut.
 *
 * It speaks, path-style only: PutObject, GetObject and HeadObject (range, partNumber, preconditions, response-*),
 * CopyObject, DeleteObject, DeleteObjects, ListObjectsV2, ListObjects, multipart uploads (create, part, part copy,
 * list parts, list uploads, complete, abort), create, head, list and delete buckets, bucket location, bucket CORS and
 * preflights; Signature V4 in header and query, aws-chunked bodies with and without signatures and trailers,
 * Content-MD5, x-amz-content-sha256 and the checksums CRC32, CRC32C, CRC64NVME, SHA1, SHA256.
 *
 * It does not speak: virtual-hosted addresses, anonymous access and POST forms, session tokens, ACLs, policies,
 * versions, tags, lifecycle, object lock, encryption by key, storage classes, website, conditional DELETE,
 * composite checksums of a multipart object, events over HTTP. What asks for these is refused
 * (501 NotImplemented as a rule), except composite checksums, which are ignored. Any region in a signature will do.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { ObjectEvents, type ObjectListener } from './object-events.ts';
import { ObjectStore } from './object-store.ts';
import { handleRequest } from './request-handler.ts';

export type { ObjectEvent, ObjectEventName, ObjectListener } from './object-events.ts';

const CLOSE_GRACE_MS = 2_000;
/** Above the idle time after which common clients drop a connection, so that they never meet a closing one. */
const KEEP_ALIVE_MS = 65_000;

export interface EmbeddedS3Options {
  /** Where everything is kept; made when absent. One server at a time can work in it. */
  dir: string;
  /** 0 takes any free port. */
  port: number;
  /** The address to listen on; 127.0.0.1 when absent. */
  host?: string;
  /** Secret access key by access key id. */
  keys: Readonly<Record<string, string>>;
  /** Made when absent. */
  buckets: readonly string[];
  /** The least that a part but the last may have; S3's own 5 MiB when absent. Less lets tests have many parts. */
  minPartSizeBytes?: number;
  /** Told of failures that are not the client's; written to stderr when absent. */
  onError?: (error: unknown) => void;
}

export interface EmbeddedS3 {
  /** `http://host:port`, the endpoint for a client. */
  url: string;
  port: number;
  /** Calls the listener after each committed change; gives the function that ends it. */
  onObject(listener: ObjectListener): () => void;
  /** Stops listening, gives running requests two seconds, cuts what is left. */
  close(): Promise<void>;
}

/** Starts the server. Rejects with code EADDRINUSE when the port is taken, else when the directory is in use. */
export async function startEmbeddedS3(options: EmbeddedS3Options): Promise<EmbeddedS3> {
  const host = options.host ?? '127.0.0.1';
  const server = http.createServer({ requestTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true });
  // The port first: whoever holds it may be at work in the same directory.
  const port = await listen(server, options.port, host);
  const store = openStore(options, server);
  const onError = options.onError ?? console.error;
  const events = new ObjectEvents(onError);
  const secrets = new Map(Object.entries(options.keys));
  const running = new Set<Promise<void>>();

  const serve =
    (awaitsContinue: boolean) => (request: http.IncomingMessage, response: http.ServerResponse) => {
      const work = handleRequest({ store, secrets, events, onError }, request, response, awaitsContinue)
        .catch(onError)
        .finally(() => running.delete(work));
      running.add(work);
    };
  server.on('request', serve(false));
  server.on('checkContinue', serve(true));

  let closing: Promise<void> | undefined;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    onObject: (listener) => events.subscribe(listener),
    close: () => {
      closing ??= stop(server, running).then(() => store.close());
      return closing;
    },
  };
}

function listen(server: http.Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function openStore(options: EmbeddedS3Options, server: http.Server): ObjectStore {
  try {
    const store = new ObjectStore(options.dir, options.minPartSizeBytes);
    for (const bucket of options.buckets) store.buckets.create(bucket);
    return store;
  } catch (error) {
    server.close();
    throw error;
  }
}

async function stop(server: http.Server, running: ReadonlySet<Promise<void>>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await closed;
  clearTimeout(cut);
  await Promise.allSettled(running);
}
