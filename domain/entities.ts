import { DeadLetter } from './operations/dead-letter.entity.ts';
import { ProviderEvent } from './transcode/provider-event.entity.ts';
import { TranscodeJob } from './transcode/transcode-job.entity.ts';
import { UploadSession } from './upload/upload-session.entity.ts';
import { Video } from './video/video.entity.ts';
import { VideoAsset } from './video/video-asset.entity.ts';

/** All that the database holds. */
export const ENTITIES = [Video, VideoAsset, UploadSession, TranscodeJob, ProviderEvent, DeadLetter];
