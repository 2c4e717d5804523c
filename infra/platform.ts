import type { Output } from '@pulumi/pulumi';

/** A site: what many environments share, and what governs them. */
export interface Site {
  readonly cloud: Cloud;
  readonly region: string;
  /** What the other layers of that cloud need of it, by name. */
  readonly facts: Readonly<Record<string, Output<unknown>>>;
}

export type Cloud = 'aws' | 'do';

/** Buckets for sources and for what is played, and who reaches them. */
export interface StoragePart {
  readonly vendor: 'aws' | 'spaces';
  readonly region: string;
  /** Null on AWS, where the SDK knows it. */
  readonly endpoint: Output<string> | null;
  readonly sourceBucket: Output<string>;
  readonly mediaBucket: Output<string>;
  /**
   * On DigitalOcean the key that may read and write both buckets; on AWS null: the task role serves. A secret.
   * @see signingKey
   */
  readonly key: AccessKey | null;
  /** On AWS a key that can only sign what must outlive a task role's session; null where `key` is long-lived. */
  readonly signingKey: AccessKey | null;
}

export interface AccessKey {
  readonly id: Output<string>;
  /** A secret output. */
  readonly secret: Output<string>;
}

/** Who takes the media bucket to viewers. */
export type DeliveryPart =
  | {
      readonly kind: 'cloudfront';
      readonly url: Output<string>;
      readonly distributionId: Output<string>;
    }
  | {
      readonly kind: 'spaces-cdn';
      readonly url: Output<string>;
      readonly endpointId: Output<string>;
      /** May purge that endpoint, and nothing else. A secret. */
      readonly token: Output<string>;
    };

/** Postgres, direct or in session mode: LISTEN has to work (R21). */
export interface DatabasePart {
  /** With user and password. A secret output. */
  readonly url: Output<string>;
  /** PEM of the authority that signed its certificate, or its path in the image (R20); null where Node's own list will do. */
  readonly caCertificate: Output<string> | null;
  /** Most connections that it takes. */
  readonly connectionsMax: number;
}

/** Who makes the renditions. */
export type TranscodingPart =
  | { readonly kind: 'ffmpeg' }
  | {
      readonly kind: 'mediaconvert';
      readonly roleArn: Output<string>;
      readonly queueArn: Output<string>;
      /** A secret. */
      readonly webhookSecret: Output<string>;
    }
  | {
      readonly kind: 'coconut';
      /** A secret. */
      readonly apiKey: Output<string>;
      readonly region: string;
      /** Coconut's own key to the media bucket. */
      readonly storageKey: AccessKey;
      /** A secret. */
      readonly webhookSecret: Output<string>;
    };

/** The data layer of an environment: what a deploy never touches, and what outlives the application. */
export interface DataPart {
  readonly storage: StoragePart;
  readonly delivery: DeliveryPart;
  readonly database: DatabasePart;
}

/** Secrets that every cloud makes or takes for the service itself. All are secret outputs. */
export interface ServiceSecrets {
  readonly webhook: Output<string>;
  readonly storageWebhook: Output<string>;
  /** Null where bearer tokens are verified by public keys. */
  readonly jwt: Output<string> | null;
}

/** What the workers run on. */
export interface MachinePart {
  /** One of `COST_MACHINE`: with whose price FFmpeg's costs are calculated. */
  readonly costMachine: string;
  /** Room for what waits between FFmpeg and storage; null for the service's own default. */
  readonly tmpMaxBytes: number | null;
}

/** The other region's storage and who takes it to viewers, where there are two regions. */
export interface SecondStoragePart {
  readonly storage: StoragePart;
  readonly delivery: DeliveryPart;
}

/** What any cloud must deliver before the service can run: `environmentOf` turns it into variables. */
export interface Platform extends DataPart {
  readonly cloud: Cloud;
  readonly publicUrl: Output<string>;
  readonly transcoding: TranscodingPart;
  readonly secrets: ServiceSecrets;
  /** Where videos may live beside `storage`; left out with one region. */
  readonly second?: SecondStoragePart;
  /** Which of the two the transcoder elsewhere was given; left out where that is `storage`. */
  readonly transcodedStorage?: 'second';
  /** Left out where the service's own defaults fit. */
  readonly machine?: MachinePart;
}

/** What `pulumi stack output` shows, the same names on every cloud. Nothing of it is a secret. */
export interface StackOutputs {
  readonly apiUrl: Output<string>;
  readonly playbackUrl: Output<string>;
  readonly sourceBucket: Output<string>;
  readonly mediaBucket: Output<string>;
  /** Where storage's and the transcoder's events are posted. */
  readonly webhookUrl: Output<string>;
}
