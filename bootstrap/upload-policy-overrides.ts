import { z } from 'zod';
import {
  type FormatName,
  UPLOAD_POLICIES,
  UPLOAD_POLICY_NAMES,
  type UploadPolicies,
  VIDEO_FORMATS,
} from '#domain/upload/upload-policies.ts';
import { TRANSCODER_NAMES } from '#providers/transcoders/transcoder.ts';

/** Amazon S3: one object has at most 48.8 TiB (10,000 parts of 5 GiB). */
const OBJECT_BYTES_MAX = 10_000 * 5 * 1024 ** 3;
/** Signature Version 4 signs a URL for at most a week. */
const URL_TTL_SECONDS_MAX = 7 * 86_400;
const formatNames = Object.keys(VIDEO_FORMATS) as [FormatName, ...FormatName[]];

/** What a deployment may change of a policy; what it does not name stays. */
const OVERRIDE = z.strictObject({
  formats: z.array(z.enum(formatNames)).min(1).optional(),
  archives: z.boolean().optional(),
  maxSizeBytes: z.int().min(1).max(OBJECT_BYTES_MAX).optional(),
  urlTtlSeconds: z.int().min(60).max(URL_TTL_SECONDS_MAX).optional(),
  uploadsPerHour: z.int().min(1).nullable().optional(),
  limits: z
    .strictObject({
      maxDurationSeconds: z.number().positive().optional(),
      maxPixels: z.int().positive().optional(),
      maxStreams: z.int().positive().optional(),
      maxFramesPerSecond: z.number().positive().optional(),
    })
    .optional(),
  transcoder: z.enum(TRANSCODER_NAMES).nullable().optional(),
});

export const POLICY_OVERRIDES = z.partialRecord(z.enum(UPLOAD_POLICY_NAMES), OVERRIDE);
export type PolicyOverrides = z.output<typeof POLICY_OVERRIDES>;

/** The policies of this deployment: those of the contracts, with what it changed. */
export function policiesWith(overrides: PolicyOverrides): UploadPolicies {
  const changed = UPLOAD_POLICY_NAMES.map((name) => {
    const { limits, ...members } = overrides[name] ?? {};
    const policy = UPLOAD_POLICIES[name];
    return [name, { ...policy, ...given(members), limits: { ...policy.limits, ...given(limits ?? {}) } }];
  });
  return Object.fromEntries(changed) as UploadPolicies;
}

function given<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}
