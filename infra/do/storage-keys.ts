import * as digitalocean from '@pulumi/digitalocean';
import { ComponentResource, type ComponentResourceOptions, type Input } from '@pulumi/pulumi';
import type { AccessKey } from '../platform.ts';

export interface StorageKeysArgs {
  readonly sourceBucket: Input<string>;
  readonly mediaBucket: Input<string>;
  /** Whether Coconut writes renditions. */
  readonly hasCoconut: boolean;
}

/** A key for each who comes to storage, with the least that it needs: none may make, empty or configure other buckets. */
export class StorageKeys extends ComponentResource {
  /** Reads and writes sources and media. */
  readonly service: AccessKey;
  /** Writes media and nothing else: it travels with every job and stays with Coconut. Sources it reads by signed URLs. */
  readonly coconut: AccessKey | null;

  constructor(name: string, args: StorageKeysArgs, options?: ComponentResourceOptions) {
    super('sluice:do:StorageKeys', name, {}, options);
    const key = (who: string, buckets: readonly Input<string>[]): AccessKey => {
      const made = new digitalocean.SpacesKey(
        `${name}-${who}`,
        { grants: buckets.map((bucket) => ({ bucket, permission: 'readwrite' })) },
        { parent: this },
      );
      return { id: made.accessKey, secret: made.secretKey };
    };
    this.service = key('service', [args.sourceBucket, args.mediaBucket]);
    this.coconut = args.hasCoconut ? key('coconut', [args.mediaBucket]) : null;
    this.registerOutputs({ serviceKeyId: this.service.id });
  }
}
