import { type CallOptions, callStorage } from './s3-call.ts';
import type { CallSubject } from './s3-errors.ts';
import type { S3Server } from './s3-server.ts';

/** The canned ACL (Amazon S3 user guide, "Canned ACL") of what is read by a CDN that has no key of its own. */
export type ObjectAcl = 'public-read';

type Attempt<Answer> = (signal: AbortSignal, fail: (error: Error) => void) => Promise<Answer>;

/** One bucket of a server, with its calls bounded, retried and their errors translated. */
export interface S3Bucket {
  readonly name: string;
  readonly server: S3Server;
  /** Sent with every object written; undefined where buckets have no ACLs, as on AWS nowadays. */
  readonly objectAcl: ObjectAcl | undefined;
  /** A call that storage answers at once. */
  light<Answer>(action: string, key: string | undefined, attempt: Attempt<Answer>): Promise<Answer>;
  /** A call in which storage moves data before it answers. */
  heavy<Answer>(action: string, key: string | undefined, attempt: Attempt<Answer>): Promise<Answer>;
  /** A call whose bounds depend on what is transferred. */
  transfer<Answer>(
    action: string,
    key: string,
    options: Omit<CallOptions, 'limits'>,
    attempt: Attempt<Answer>,
  ): Promise<Answer>;
  subject(action: string, key: string | undefined): CallSubject;
}

export function s3Bucket(server: S3Server, name: string, objectAcl?: ObjectAcl): S3Bucket {
  const { limits } = server;
  const subject = (action: string, key: string | undefined) => ({
    action,
    bucket: name,
    ...(key !== undefined && { key }),
  });
  return {
    name,
    server,
    objectAcl,
    subject,
    light: (action, key, attempt) =>
      callStorage(subject(action, key), { limits, timeoutMs: limits.answerTimeoutMs }, attempt),
    heavy: (action, key, attempt) =>
      callStorage(subject(action, key), { limits, timeoutMs: limits.heavyTimeoutMs }, attempt),
    transfer: (action, key, options, attempt) =>
      callStorage(subject(action, key), { ...options, limits }, attempt),
  };
}
