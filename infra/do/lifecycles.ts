import type * as digitalocean from '@pulumi/digitalocean';

type Rule = digitalocean.types.input.SpacesBucketLifecycleRule;

/**
 * Sources: an old content of a key is kept for a month. Sluice aborts the uploads that it knows of; this is for what a
 * crash left behind, no sooner than the platform does it itself. Spaces has no archive to move anything to.
 */
export function sourceLifecycle(): Rule[] {
  return [
    {
      id: 'drop-what-was-left-behind',
      enabled: true,
      abortIncompleteMultipartUploadDays: 30,
      noncurrentVersionExpiration: { days: 30 },
    },
  ];
}

/** What is played: only what a crash left behind goes. */
export function mediaLifecycle(): Rule[] {
  return [
    {
      id: 'abort-forgotten-multiparts',
      enabled: true,
      abortIncompleteMultipartUploadDays: 7,
      // The provider takes no rule without an expiration. This one expires nothing: without versions there are no markers.
      expiration: { expiredObjectDeleteMarker: true },
    },
  ];
}
