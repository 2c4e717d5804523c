import { bareEtag } from './read-condition.ts';
import { S3Error } from './s3-error.ts';

/** What a conditional write demands of the object that is there; both empty means no condition. */
export interface WriteCondition {
  mustNotExist: boolean;
  /** without quotes; `*` is any object */
  mustHaveEtag: string | undefined;
}

/** From If-None-Match and If-Match of a PUT, copy or Complete. S3 knows no other If-None-Match than `*`. */
export function writeCondition(headers: ReadonlyMap<string, string>): WriteCondition {
  const noneMatch = headers.get('if-none-match');
  if (noneMatch !== undefined && noneMatch !== '*')
    throw new S3Error('NotImplemented', 'If-None-Match of a write must be *.');
  const match = headers.get('if-match');
  return {
    mustNotExist: noneMatch !== undefined,
    mustHaveEtag: match === undefined ? undefined : bareEtag(match),
  };
}

/** Throws PreconditionFailed, or NoSuchKey when If-Match names an object that is not there. */
export function checkWriteCondition(condition: WriteCondition, current: { etag: string } | undefined): void {
  if (condition.mustNotExist && current) throw new S3Error('PreconditionFailed');
  if (condition.mustHaveEtag === undefined) return;
  if (!current) throw new S3Error('NoSuchKey');
  if (condition.mustHaveEtag !== '*' && condition.mustHaveEtag !== current.etag)
    throw new S3Error('PreconditionFailed');
}
