import type { Demuxer, SourceLimits } from '#providers/transcoders/source-inspector.ts';
import type { TranscoderName } from '#providers/transcoders/transcoder.ts';

const GIB = 1024 ** 3;

/** One kind of file that a policy takes. */
export interface VideoFormat {
  /** As people call it: `MP4`. */
  readonly name: string;
  /** Extension of the stored source, and what a client's file name may end with. */
  readonly extensions: readonly [string, ...string[]];
  /** Lower-case MIME types; the first is the one we store. */
  readonly mimeTypes: readonly [string, ...string[]];
  readonly demuxer: Demuxer;
}

/** IANA's registry where it names the type, and what phones and browsers really send. */
export const VIDEO_FORMATS = {
  MP4: {
    name: 'MP4',
    extensions: ['mp4', 'm4v'],
    mimeTypes: ['video/mp4', 'video/x-m4v', 'application/mp4'],
    demuxer: 'mov',
  },
  MOV: { name: 'MOV', extensions: ['mov', 'qt'], mimeTypes: ['video/quicktime'], demuxer: 'mov' },
  '3GP': {
    name: '3GP',
    extensions: ['3gp', '3g2', '3gpp'],
    mimeTypes: ['video/3gpp', 'video/3gpp2', 'video/3gp'],
    demuxer: 'mov',
  },
  AVI: {
    name: 'AVI',
    extensions: ['avi'],
    mimeTypes: ['video/x-msvideo', 'video/avi', 'video/msvideo', 'video/vnd.avi'],
    demuxer: 'avi',
  },
  WMV: {
    name: 'WMV',
    extensions: ['wmv', 'asf'],
    mimeTypes: ['video/x-ms-wmv', 'video/x-ms-asf', 'application/vnd.ms-asf'],
    demuxer: 'asf',
  },
  WEBM: { name: 'WEBM', extensions: ['webm'], mimeTypes: ['video/webm'], demuxer: 'matroska' },
  MKV: {
    name: 'MKV',
    extensions: ['mkv'],
    mimeTypes: ['video/x-matroska', 'video/matroska'],
    demuxer: 'matroska',
  },
} as const satisfies Record<string, VideoFormat>;

export type FormatName = keyof typeof VIDEO_FORMATS;

/** What browsers and systems call an archive. */
export const ZIP_MIME_TYPES = [
  'application/zip',
  'application/x-zip-compressed',
  'application/x-zip',
] as const;

/** What one contract allows. Sizes are inclusive. */
export interface UploadPolicy {
  readonly formats: readonly FormatName[];
  /** Whether a ZIP of videos is taken as well. */
  readonly archives: boolean;
  readonly maxSizeBytes: number;
  readonly urlTtlSeconds: number;
  /** How many uploads an owner may begin in any hour; null for as many as they like. */
  readonly uploadsPerHour: number | null;
  readonly limits: SourceLimits;
  /** Who transcodes these videos; null for the deployment's choice. */
  readonly transcoder: TranscoderName | null;
}

export const UPLOAD_POLICY_NAMES = ['mobile', 'direct', 'admin', 'learning', 'signer'] as const;
export type UploadPolicyName = (typeof UPLOAD_POLICY_NAMES)[number];
export type UploadPolicies = Readonly<Record<UploadPolicyName, UploadPolicy>>;

const LIMITS: SourceLimits = {
  maxDurationSeconds: 12 * 3600,
  maxPixels: 8192 * 4320,
  maxStreams: 32,
  maxFramesPerSecond: 240,
};
const HOUR_SECONDS = 3600;

const MOBILE: UploadPolicy = {
  formats: ['MOV', 'MP4', '3GP', 'AVI', 'WMV'],
  archives: false,
  maxSizeBytes: 1.5 * GIB,
  urlTtlSeconds: HOUR_SECONDS,
  uploadsPerHour: null,
  limits: LIMITS,
  transcoder: null,
};
const DIRECT: UploadPolicy = {
  ...MOBILE,
  formats: [...MOBILE.formats, 'WEBM', 'MKV'],
  maxSizeBytes: 5 * GIB,
  urlTtlSeconds: 900,
  uploadsPerHour: 10,
};

/** One policy a contract, as its document has it; a deployment changes them by `UPLOAD_POLICIES`. */
export const UPLOAD_POLICIES: UploadPolicies = {
  mobile: MOBILE,
  direct: DIRECT,
  admin: {
    ...DIRECT,
    archives: true,
    maxSizeBytes: 4 * GIB,
    urlTtlSeconds: 12 * HOUR_SECONDS,
    uploadsPerHour: null,
  },
  learning: MOBILE,
  signer: DIRECT,
};
