import type { Config, Output } from '@pulumi/pulumi';
import type { TranscodingPart } from '../../platform.ts';
import { transcoderWebhookSecret } from '../../service-secrets.ts';
import type { Settings } from '../../settings.ts';
import { CoconutKey } from '../access/coconut-key.ts';
import type { Place } from '../access/role.ts';
import type { AwsSettings } from '../aws-settings.ts';
import type { DataFacts } from '../data.ts';
import { tagsOf } from '../tags.ts';
import { MediaConvert } from './transcoding.ts';

/** Who makes the renditions, with what that needs here. */
export function transcodingPart(
  name: string,
  settings: Settings,
  awsSettings: AwsSettings,
  config: Config,
  { data, place }: { data: Output<DataFacts>; place: Place },
): { part: TranscodingPart; queueArn: Output<string> | null } {
  const tags = tagsOf(settings);
  if (settings.transcoder === 'ffmpeg') return { part: { kind: 'ffmpeg' }, queueArn: null };
  const webhookSecret = transcoderWebhookSecret(config);
  if (settings.transcoder === 'coconut')
    return {
      part: {
        kind: 'coconut',
        apiKey: awsSettings.coconutApiKey(),
        region: awsSettings.coconutRegion,
        storageKey: new CoconutKey(`${name}-coconut`, { mediaBucketArn: data.mediaBucketArn, place, tags })
          .key,
        webhookSecret,
      },
      queueArn: null,
    };
  const { roleArn, queueArn } = new MediaConvert(name, { data, place, tags });
  return { part: { kind: 'mediaconvert', roleArn, queueArn, webhookSecret }, queueArn };
}
