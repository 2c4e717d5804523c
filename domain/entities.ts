import { IdempotencyKey } from './access/idempotency-key.entity.ts';
import { UploadGrant } from './access/upload-grant.entity.ts';
import { UploadStart } from './access/upload-start.entity.ts';
import { KnownStorage } from './move/known-storage.entity.ts';
import { MovedObject } from './move/moved-object.entity.ts';
import { RunningProcess } from './move/running-process.entity.ts';
import { VideoMove } from './move/video-move.entity.ts';
import { WebhookAttempt } from './notifications/webhook-attempt.entity.ts';
import { WebhookDelivery } from './notifications/webhook-delivery.entity.ts';
import { WebhookEndpoint } from './notifications/webhook-endpoint.entity.ts';
import { WebhookMessage } from './notifications/webhook-message.entity.ts';
import { DeadLetter } from './operations/dead-letter.entity.ts';
import { PipelineControl } from './operations/pipeline-control.entity.ts';
import { Playlist } from './playlist/playlist.entity.ts';
import { PlaylistEntry } from './playlist/playlist-entry.entity.ts';
import { ProviderEvent } from './transcode/provider-event.entity.ts';
import { ProviderStanding } from './transcode/provider-standing.entity.ts';
import { TranscodeJob } from './transcode/transcode-job.entity.ts';
import { UploadLock } from './upload/upload-lock.entity.ts';
import { UploadSession } from './upload/upload-session.entity.ts';
import { Video } from './video/video.entity.ts';
import { VideoAsset } from './video/video-asset.entity.ts';

/** All that the database holds. */
export const ENTITIES = [
  Video,
  VideoAsset,
  UploadSession,
  UploadLock,
  UploadStart,
  UploadGrant,
  IdempotencyKey,
  TranscodeJob,
  ProviderEvent,
  ProviderStanding,
  PipelineControl,
  DeadLetter,
  Playlist,
  PlaylistEntry,
  WebhookEndpoint,
  WebhookMessage,
  WebhookDelivery,
  WebhookAttempt,
  KnownStorage,
  RunningProcess,
  VideoMove,
  MovedObject,
];
