import { S3Client } from '@aws-sdk/client-s3';
import { sendContentMd5 } from './content-md5.ts';
import { type CallLimits, DEFAULT_CALL_LIMITS } from './s3-call.ts';
import { S3_VENDORS, type S3Vendor, type S3VendorName, vendorOfEndpoint } from './s3-vendors.ts';

const MIB = 1024 ** 2;

/** Sizes that S3 sets; tests shrink them to reach the paths beyond. */
export interface S3Sizes {
  /** Entries asked for in one page of any listing. */
  readonly pageSize: number;
  /** Above this an object is copied by parts. S3 copies at most 5 GiB in one call. */
  readonly copyByPartsAboveBytes: number;
  readonly copyPartSizeBytes: number;
}

const DEFAULT_SIZES: S3Sizes = {
  pageSize: 1000,
  copyByPartsAboveBytes: 5 * 1024 * MIB,
  copyPartSizeBytes: 512 * MIB,
};

export interface S3Options {
  readonly region: string;
  /** Where this process reaches storage. Left out: AWS. */
  readonly endpoint?: string;
  /** Where clients reach storage: signed URLs name it. Default: `endpoint`. */
  readonly publicEndpoint?: string;
  /** Left out: the SDK's own chain (environment, files, role of the machine). */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Sign URLs and nothing else. Left out: `credentials` do. */
  readonly signingCredentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Default: as the vendor has it. */
  readonly forcePathStyle?: boolean;
  /** Needed for servers that run anywhere; else told by the endpoint's host. */
  readonly vendor?: S3VendorName;
  readonly limits?: Partial<CallLimits>;
  readonly sizes?: Partial<S3Sizes>;
}

/** One S3 server as all parts of the adapter see it. */
export interface S3Server {
  readonly client: S3Client;
  readonly vendor: S3Vendor;
  readonly region: string;
  readonly endpoint: string | undefined;
  readonly publicEndpoint: string | undefined;
  readonly forcePathStyle: boolean;
  /** Whose keys are in signed URLs; null: the client's own. */
  readonly signingCredentials: S3Options['signingCredentials'] | null;
  readonly limits: CallLimits;
  readonly sizes: S3Sizes;
}

/** Opens nothing yet: the first call connects. */
export function s3Server(options: S3Options): S3Server {
  const { region, endpoint, publicEndpoint = endpoint, credentials } = options;
  const vendor = options.vendor ? S3_VENDORS[options.vendor] : vendorOfEndpoint(endpoint);
  const forcePathStyle = options.forcePathStyle ?? vendor.forcePathStyle;
  const limits = { ...DEFAULT_CALL_LIMITS, ...options.limits };
  const client = new S3Client({
    region,
    forcePathStyle,
    ...(endpoint && { endpoint }),
    ...(credentials && { credentials }),
    // By default the SDK sends bodies as aws-chunked with a trailing checksum, which several servers store or misread.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // s3-call.ts retries and watches the time; the SDK doing so as well would multiply both.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: limits.connectTimeoutMs,
      // Node drops an idle socket after this, before servers do: a stream cannot be sent again on a new one.
      httpAgent: { keepAlive: true, maxSockets: 256, timeout: 4_000 },
      httpsAgent: { keepAlive: true, maxSockets: 256, timeout: 4_000 },
    },
    // Signed URLs would stay wrong while calls are mended in silence: a wrong clock is to be reported.
    disableClockSkewCorrection: true,
    followRegionRedirects: false,
    logger: SILENT,
  });
  sendContentMd5(client);
  return {
    client,
    vendor,
    region,
    endpoint,
    publicEndpoint,
    forcePathStyle,
    signingCredentials: options.signingCredentials ?? null,
    limits,
    sizes: { ...DEFAULT_SIZES, ...options.sizes },
  };
}

// Without a logger the SDK writes warnings to the console; what matters reaches the caller as an error.
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };
