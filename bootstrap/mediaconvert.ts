import { mediaConvertTranscoder } from '#providers/transcoders/mediaconvert/mediaconvert-transcoder.ts';
import type { NotifyingTranscoder } from '#providers/transcoders/transcoder.ts';
import type { ResolvedConfig } from './config.ts';
import { outputPlaylists } from './output-playlists.ts';
import type { RemoteParts } from './remote-parts.ts';

/** MediaConvert with the keys of storage where the deployment has any, else with the role of the machine. */
export function composeMediaConvert(
  config: ResolvedConfig,
  { media }: Pick<RemoteParts, 'media'>,
): NotifyingTranscoder | null {
  const { MEDIACONVERT_ROLE_ARN: roleArn, S3_ACCESS_KEY_ID: accessKeyId } = config;
  const secretAccessKey = config.S3_SECRET_ACCESS_KEY;
  if (!roleArn) return null;
  return mediaConvertTranscoder({
    region: config.MEDIACONVERT_REGION ?? config.S3_REGION,
    endpoint: config.MEDIACONVERT_ENDPOINT,
    ...(accessKeyId && secretAccessKey && { credentials: { accessKeyId, secretAccessKey } }),
    roleArn,
    queueArn: config.MEDIACONVERT_QUEUE_ARN,
    sourceBucket: config.S3_SOURCE_BUCKET,
    mediaBucket: config.S3_MEDIA_BUCKET,
    webhookSecret: config.MEDIACONVERT_WEBHOOK_SECRET,
    outputs: outputPlaylists(media),
  });
}
