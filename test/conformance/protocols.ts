import type { Matcher } from '#test/support/fault-proxy.ts';
import type { Owner } from './deployment.ts';
import type { ClientName } from './expectations.ts';
import type { StartOptions } from './foreign-client.ts';
import type { SourceFile } from './source-file.ts';

const MIB = 1024 ** 2;

/** Where on its way an upload can be met. */
export interface Protocol {
  /** Three requests carry a file of this size. */
  readonly fileSizeBytes: number;
  /** What each of them carries, the last one less. */
  readonly partSizeBytes: number;
  readonly creation: Place;
  readonly secondPart: Place;
  /** A call to the API in the middle of an upload. */
  readonly middle: Place;
  readonly completion: Place;
  /** What an application configures. */
  options(application: Application): Promise<StartOptions>;
}

/** Who configures a client, and for whom. */
export interface Application {
  readonly client: ClientName;
  readonly apiUrl: string;
  readonly owner: Owner;
  readonly file: SourceFile;
  /** How long a grant lives, for a client that cannot send a token. */
  readonly grantSeconds: number;
}

export interface Place extends Matcher {
  readonly side: 'api' | 'storage';
}

const TUS_CHUNK_BYTES = 6 * MIB;

const TUS: Protocol = {
  fileSizeBytes: 17 * MIB,
  partSizeBytes: TUS_CHUNK_BYTES,
  creation: { side: 'api', method: 'POST', url: /^\/api\/tus(\/|$)/ },
  secondPart: { side: 'api', method: 'PATCH', url: /^\/api\/tus\//, from: 2 },
  middle: { side: 'api', method: 'PATCH', url: /^\/api\/tus\//, from: 2 },
  completion: { side: 'api', method: 'PATCH', url: /^\/api\/tus\//, from: 3 },
  async options(application) {
    const usual = { chunkSize: TUS_CHUNK_BYTES, removeFingerprintOnSuccess: true };
    // A page without a login; Uppy makes the metadata from what it knows of the file.
    if (application.client === 'uppy-tus')
      return { plugin: { ...usual, endpoint: (await grantFor(application)).tusUrl } };
    const { apiUrl, owner, file } = application;
    const plugin = {
      ...usual,
      endpoint: `${apiUrl}/api/tus`,
      headers: { Authorization: `Bearer ${owner.bearer}` },
      retryDelays: [0, 1000, 3000, 5000],
      metadata: { filename: file.name, filetype: file.mime },
    };
    return { plugin, findPrevious: true };
  },
};

/** Uppy's own least. */
const UPPY_PART_BYTES = 5 * MIB;

const COMPANION: Protocol = {
  fileSizeBytes: 11 * MIB,
  partSizeBytes: UPPY_PART_BYTES,
  creation: { side: 'api', method: 'POST', url: /\/s3\/multipart$/ },
  secondPart: { side: 'storage', method: 'PUT', url: /[?&]partNumber=2&/ },
  middle: { side: 'api', method: 'GET', url: /\/s3\/multipart\/[^/]+\/2\?/ },
  completion: { side: 'api', method: 'POST', url: /\/complete\?/ },
  async options(application) {
    const { client, file } = application;
    const { companionUrl } = await grantFor(application);
    const plugin = client === 'uppy-6' ? { companionEndpoint: companionUrl } : { endpoint: companionUrl };
    // The one says what is coming, the other leaves the server to find out.
    const meta = { size: file.bytes.byteLength, partSize: UPPY_PART_BYTES };
    return client === 'uppy-6' ? { plugin, meta } : { plugin };
  },
};

export const PROTOCOLS: Readonly<Record<ClientName, Protocol>> = {
  'tus-node': TUS,
  tus: TUS,
  'uppy-tus': TUS,
  'uppy-6': COMPANION,
  'uppy-5': COMPANION,
};

interface Grant {
  readonly companionUrl: string;
  readonly tusUrl: string;
}

async function grantFor({ apiUrl, owner, grantSeconds }: Application): Promise<Grant> {
  const response = await fetch(`${apiUrl}/api/upload-grants`, {
    method: 'POST',
    headers: { authorization: `Bearer ${owner.bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify({ uploads: 5, expiresInSeconds: grantSeconds }),
  });
  if (!response.ok) throw new Error(`No grant: ${response.status} ${await response.text()}`);
  return (await response.json()) as Grant;
}
