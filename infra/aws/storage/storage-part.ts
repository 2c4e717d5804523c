import type { Output } from '@pulumi/pulumi';
import type { AccessKey, SecondStoragePart } from '../../platform.ts';
import type { StorageFacts } from './regional-storage.ts';

/** What the service is told of storage in one region, and of the CDN before it. Roles serve, but for what signs URLs. */
export function storagePart(
  facts: Output<StorageFacts>,
  region: string,
  signingKey: AccessKey | null,
): SecondStoragePart {
  return {
    storage: {
      vendor: 'aws',
      region,
      endpoint: null,
      sourceBucket: facts.sourceBucket,
      mediaBucket: facts.mediaBucket,
      key: null,
      signingKey,
    },
    delivery: { kind: 'cloudfront', url: facts.playbackUrl, distributionId: facts.distributionId },
  };
}
