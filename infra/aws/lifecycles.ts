import type * as aws from '@pulumi/aws';

/** S3 moves nothing smaller on its own; what is archived is read after hours only. */
type Rule = aws.types.input.s3.BucketLifecycleConfigurationRule;

const ABORT: Rule = {
  id: 'abort-forgotten-multiparts',
  status: 'Enabled',
  filter: {},
  // Sluice aborts what it knows of; this is for what a crash left behind.
  abortIncompleteMultipartUpload: { daysAfterInitiation: 30 },
};

/**
 * Sources: an old content of a key is kept for a month, and what is old goes to an archive that has to be asked before it
 * is read (`source_archived`). Archiving is by age: S3 has no rule by last use.
 *
 * @param archiveAfterDays null for never
 */
export function sourceLifecycle(archiveAfterDays: number | null): Rule[] {
  const replaced: Rule = {
    id: 'drop-replaced-contents',
    status: 'Enabled',
    filter: {},
    noncurrentVersionExpiration: { noncurrentDays: 30 },
    expiration: { expiredObjectDeleteMarker: true },
  };
  if (archiveAfterDays === null) return [ABORT, replaced];
  const archived: Rule = {
    id: 'archive-old-sources',
    status: 'Enabled',
    filter: { prefix: 'uploads/' },
    transitions: [{ days: archiveAfterDays, storageClass: 'GLACIER' }],
  };
  return [ABORT, replaced, archived];
}

/** What is played: to Intelligent-Tiering at once, whose tiers without an archive are all read in milliseconds. */
export function mediaLifecycle(): Rule[] {
  return [
    ABORT,
    {
      id: 'tier-by-use',
      status: 'Enabled',
      filter: { prefix: 'videos/' },
      transitions: [{ days: 0, storageClass: 'INTELLIGENT_TIERING' }],
    },
  ];
}
