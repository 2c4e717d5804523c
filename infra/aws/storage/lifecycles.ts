import * as aws from '@pulumi/aws';
import type { CustomResourceOptions, Output } from '@pulumi/pulumi';

type Rule = aws.types.input.s3.BucketLifecycleConfigurationRule;

const ABORT: Rule = {
  id: 'abort-forgotten-multiparts',
  status: 'Enabled',
  filter: {},
  // Sluice aborts what it knows of; this is for what a crash left behind.
  abortIncompleteMultipartUpload: { daysAfterInitiation: 30 },
};

/** Tiers by use, all read in milliseconds; what is under 128 KiB stays where it is. */
function tieredByUse(prefix: string, archiveAfterDays: number | null): Rule {
  return {
    id: 'tier-by-use',
    status: 'Enabled',
    filter: { prefix },
    transitions: [
      { days: 0, storageClass: 'INTELLIGENT_TIERING' },
      ...(archiveAfterDays === null ? [] : [{ days: archiveAfterDays, storageClass: 'GLACIER' }]),
    ],
  };
}

/**
 * Sources: an old content of a key is kept for a month. They move between tiers by use, and with `archiveAfterDays` by age
 * to an archive that has to be asked before it is read (`source_archived`).
 *
 * @param archiveAfterDays null for never
 */
export function sourceLifecycle(archiveAfterDays: number | null): Rule[] {
  return [
    ABORT,
    {
      id: 'drop-replaced-contents',
      status: 'Enabled',
      filter: {},
      noncurrentVersionExpiration: { noncurrentDays: 30 },
      expiration: { expiredObjectDeleteMarker: true },
    },
    tieredByUse('uploads/', archiveAfterDays),
  ];
}

/** What is played is never archived: CloudFront would be refused. */
export function mediaLifecycle(): Rule[] {
  return [ABORT, tieredByUse('videos/', null)];
}

/** Sources that nobody has asked for in so many days go to an archive that has to be asked (`source_archived`). */
export function archiveUnused(
  name: string,
  bucket: Output<string>,
  unusedDays: number,
  options: CustomResourceOptions,
): void {
  new aws.s3.BucketIntelligentTieringConfiguration(
    name,
    { bucket, status: 'Enabled', tierings: [{ accessTier: 'ARCHIVE_ACCESS', days: unusedDays }] },
    options,
  );
}
