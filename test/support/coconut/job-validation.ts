import { z } from 'zod';
import { type Format, FormatError, parseFormat } from './format-grammar.ts';

/** What the API answers with status 400. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  readonly errorCode: string;

  constructor(errorCode: string, message: string) {
    super(message);
    this.errorCode = errorCode;
  }
}

const PATH = z
  .string()
  .min(1)
  .refine((path) => !path.includes('//'), 'has an empty folder in it');
const CONDITION = z.string().regex(/^\{\{ ?[\w.]+ ?\}\} (?:<|>|<=|>=|<>|!=|=) \S+(?: (?:AND|OR) .+)?$/);
const KEYS = z.strictObject({ access_key_id: z.string().min(1), secret_access_key: z.string().min(1) });
const BUCKET = { bucket: z.string().min(1), path: PATH.optional(), credentials: KEYS };
const S3_ACLS = [
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
] as const;

const STORAGES = {
  s3: z.strictObject({
    service: z.literal('s3'),
    ...BUCKET,
    region: z.string().regex(/^[a-z]{2}-[a-z]+-\d$/),
    acl: z.enum([...S3_ACLS, 'bucket-owner-read', 'bucket-owner-full-control']).optional(),
    secure: z.boolean().optional(),
    storage_class: z.string().optional(),
    expires: z.string().optional(),
    cache_control: z.string().optional(),
  }),
  dospaces: z.strictObject({
    service: z.literal('dospaces'),
    ...BUCKET,
    region: z.string().regex(/^[a-z]{3}\d$/),
    acl: z.enum(['private', 'public-read']).optional(),
  }),
  s3other: z.strictObject({
    service: z.literal('s3other'),
    ...BUCKET,
    region: z.string().optional(),
    endpoint: z.url(),
    force_path_style: z.boolean().optional(),
  }),
};
export type FakeStorage = z.infer<(typeof STORAGES)[keyof typeof STORAGES]>;

const SHARED = { key: z.string().min(1).optional(), if: CONDITION.optional() };
const STREAM = z.strictObject({
  ...SHARED,
  path: PATH.optional(),
  playlist_name: z
    .string()
    .regex(/^[\w-]+$/)
    .optional(),
  hls: z.strictObject({ path: PATH, version: z.number().optional() }),
  variants: z.array(z.string()).min(1),
});
const IMAGE = z.strictObject({
  ...SHARED,
  path: PATH,
  number: z.int().min(1).max(100).optional(),
  offsets: z.array(z.int().min(0)).min(1).max(100).optional(),
  interval: z.int().min(1).optional(),
  sprite: z.boolean().optional(),
  vtt: z.boolean().optional(),
  square: z.boolean().optional(),
  fit: z.enum(['pad', 'crop']).optional(),
});
const VIDEO = z.strictObject({ ...SHARED, path: PATH });

const JOB = z.strictObject({
  input: z.strictObject({ url: z.url({ protocol: /^(?:https?|s?ftp)$/ }) }),
  storage: z.looseObject({ service: z.string() }),
  notification: z.unknown(),
  outputs: z.record(z.string(), z.unknown()),
  settings: z.strictObject({ ultrafast: z.boolean().optional() }).optional(),
});
const NOTIFICATION = z.strictObject({
  type: z.literal('http'),
  url: z.url({ protocol: /^https?$/ }),
  params: z.record(z.string(), z.string()).optional(),
  events: z.boolean().optional(),
  metadata: z.boolean().optional(),
});

export type FakeOutput = { readonly key: string; readonly formatText: string } & (
  | {
      readonly kind: 'httpstream';
      readonly folder: string;
      readonly master: string;
      readonly variants: Format[];
    }
  | {
      readonly kind: 'image';
      readonly format: Format;
      readonly path: string;
      readonly image: z.infer<typeof IMAGE>;
    }
  | { readonly kind: 'video'; readonly format: Format; readonly path: string }
);

export interface FakeJobRequest {
  readonly inputUrl: string;
  readonly storage: FakeStorage;
  readonly notification: z.infer<typeof NOTIFICATION>;
  readonly outputs: readonly FakeOutput[];
}

/** Takes what Coconut takes, and throws RequestRefused with its code for the rest. Stricter than it about what we never send. */
export function validateJob(body: unknown): FakeJobRequest {
  const job = read(JOB, body, 'params_not_valid');
  if (!Object.hasOwn(STORAGES, job.storage.service))
    throw new RequestRefused(
      'storage_service_not_valid',
      `The service '${job.storage.service}' is not valid`,
    );
  const service = job.storage.service as keyof typeof STORAGES;
  if (!KEYS.safeParse(job.storage.credentials).success)
    throw new RequestRefused(
      'storage_credentials_not_valid',
      "The storage credentials are not correct: 'access_key_id' and 'secret_access_key' are needed",
    );
  const storage = read<FakeStorage>(STORAGES[service], job.storage, 'storage_param_not_valid');
  const notification = read(NOTIFICATION, job.notification, 'notification_not_valid');
  const outputs = Object.entries(job.outputs).flatMap(([format, value]) =>
    (Array.isArray(value) ? value : [value]).map((output) => outputOf(format, output)),
  );
  if (outputs.length === 0 || outputs.length > 30)
    throw new RequestRefused('outputs_out_of_range', `There are ${outputs.length} outputs`);
  if (new Set(outputs.map(({ key }) => key)).size < outputs.length)
    throw new RequestRefused('output_param_not_valid', 'Two outputs have one key');
  return { inputUrl: job.input.url, storage, notification, outputs };
}

function outputOf(formatText: string, value: unknown): FakeOutput {
  const code = 'output_param_not_valid';
  if (formatText === 'httpstream') {
    const { key = formatText, hls, playlist_name: name = 'master', variants } = read(STREAM, value, code);
    const formats = variants.map(formatOf);
    if (
      formats.some(
        ({ container, videoCodec, audioCodec }) =>
          container !== 'mp4' || videoCodec !== 'h264' || audioCodec !== 'aac',
      )
    )
      throw new RequestRefused(code, 'A variant has to be mp4 with h264 and aac');
    return {
      kind: 'httpstream',
      key,
      formatText,
      folder: hls.path,
      master: `${name}.m3u8`,
      variants: formats,
    };
  }
  const format = formatOf(formatText);
  if (format.videoCodec !== 'none') {
    const { key = formatText, path } = read(VIDEO, value, code);
    return { kind: 'video', key, formatText, format, path };
  }
  const image = read(IMAGE, value, code);
  const ways = [image.number, image.offsets, image.interval].filter((way) => way !== undefined);
  if (ways.length > 1) throw new RequestRefused(code, 'Only one of number, offsets and interval');
  const isOne = image.sprite || (image.number ?? image.offsets?.length ?? (image.interval ? 2 : 1)) === 1;
  if (!isOne && !/%\.?\d*d/.test(image.path))
    throw new RequestRefused(code, `The path ${image.path} needs a sequence number`);
  return { kind: 'image', key: image.key ?? formatText, formatText, format, path: image.path, image };
}

function formatOf(text: string): Format {
  try {
    return parseFormat(text);
  } catch (error) {
    if (error instanceof FormatError) throw new RequestRefused('output_param_not_valid', error.message);
    throw error;
  }
}

function read<T>(schema: z.ZodType<T>, value: unknown, errorCode: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new RequestRefused(errorCode, z.prettifyError(result.error));
}
