import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { ApiEnvironment } from '#api/environment.ts';
import { DomainError } from '#domain/errors.ts';
import { PART_COUNT_MAX, PART_SIZE_BYTES_MIN } from '#domain/upload/part-plan.ts';

/** S3 takes no larger part (Amazon S3 quotas). */
const PART_SIZE_BYTES_MAX = 5 * 1024 ** 3;
/** How many URLs one answer may hold. */
const BATCH_MAX = 100;

/** What Uppy's forms make of a number is as often a text. */
const bytes = z.union([
  z.int(),
  z
    .string()
    .regex(/^\d{1,15}$/)
    .transform(Number),
]);

/** Members that nobody asked for are let through: they belong to clients that nobody here wrote. */
export const CreateMultipart = z.looseObject({
  filename: z.string().trim().min(1).max(1000),
  type: z.string().max(200).nullish(),
  metadata: z
    .looseObject({
      /** Bytes of the whole file. */
      size: bytes.nullish().catch(null),
      /** All parts but the last will have it. */
      partSize: bytes.pipe(z.int().min(PART_SIZE_BYTES_MIN).max(PART_SIZE_BYTES_MAX)).nullish().catch(null),
      policy: z.string().max(64).nullish().catch(null),
    })
    .nullish(),
});

export const CompleteMultipart = z.looseObject({
  parts: z
    .array(
      z.looseObject({
        PartNumber: z.coerce.number().pipe(z.int().min(1).max(PART_COUNT_MAX)),
        ETag: z.string().max(200).nullish(),
      }),
    )
    .max(PART_COUNT_MAX)
    .default([]),
});

/** The number of one part in a path. */
export const PartNumber = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number);

/** `1,2,3` */
export const PartNumbers = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(PartNumber).min(1).max(BATCH_MAX));

/** The body as its schema has it. Throws DomainError `invalid_request`. */
export async function bodyOf<S extends z.ZodType>(
  c: Context<ApiEnvironment>,
  schema: S,
): Promise<z.output<S>> {
  const text = await c.req.text();
  return checked(schema, text === '' ? {} : JSON.parse(text), 'the body');
}

/** Throws DomainError `invalid_request`. */
export function checked<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path, message }) => ({
    field: path.map(String).join('.').slice(0, 200) || what,
    message,
  }));
  throw new DomainError('invalid_request', `Of ${what}, ${fields[0]?.field} is not right`, { fields });
}
