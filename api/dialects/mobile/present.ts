import type { z } from '@hono/zod-openapi';
import type { UploadPage } from '#domain/upload/list-uploads.ts';
import type { StartedUpload as Started } from '#domain/upload/show-started-upload.ts';
import { type UploadPolicies, VIDEO_FORMATS } from '#domain/upload/upload-policies.ts';
import type { SignedPart, UploadView } from '#domain/upload/upload-view.ts';
import type { VideoPage } from '#domain/video/list-videos.ts';
import type { VideoView } from '#domain/video/video-view.ts';
import type {
  OpenUploads,
  SignedPartBody,
  StartedUpload,
  UploadBody,
  UploadPoliciesBody,
  UploadState,
} from './upload-schemas.ts';
import type { CreatedVideo, UpdatedVideo, VideoBody, VideoList } from './video-schemas.ts';

// From the domain's views to this contract's JSON. Each answer has its documented members and no others.

export function createdVideo(video: VideoView): z.infer<typeof CreatedVideo> {
  return {
    id: video.id,
    ownerId: video.ownerId,
    title: video.title,
    description: video.description,
    source: { mime: video.sourceMime, sizeBytes: video.sourceSizeBytes },
    status: video.status,
    metadata: { ...video.metadata },
    createdAt: video.createdAt.toISOString(),
    updatedAt: video.updatedAt.toISOString(),
  };
}

export function videoBody(video: VideoView): z.infer<typeof VideoBody> {
  return {
    id: video.id,
    ownerId: video.ownerId,
    title: video.title,
    description: video.description,
    status: video.status,
    failReason: video.failReason,
    playback: { ready: video.streamUrl !== null, streamUrl: video.streamUrl },
    ...facts(video),
    metadata: { ...video.metadata },
    createdAt: video.createdAt.toISOString(),
    updatedAt: video.updatedAt.toISOString(),
  };
}

export function videoList(page: VideoPage): z.infer<typeof VideoList> {
  return {
    items: page.items.map((video) => ({
      id: video.id,
      title: video.title,
      description: video.description,
      status: video.status,
      ...facts(video),
      createdAt: video.createdAt.toISOString(),
      updatedAt: video.updatedAt.toISOString(),
    })),
    nextCursor: page.nextCursor,
  };
}

export function updatedVideo(video: VideoView): z.infer<typeof UpdatedVideo> {
  return {
    id: video.id,
    title: video.title,
    description: video.description,
    status: video.status,
    updatedAt: video.updatedAt.toISOString(),
  };
}

function facts({ posterUrl, progressPercent, durationSeconds, width, height }: VideoView) {
  return { posterUrl, progress: progressPercent, durationSeconds, width, height };
}

export function startedUpload({ upload, uploadToken, parts }: Started): z.infer<typeof StartedUpload> {
  return {
    uploadSessionId: upload.id,
    partSizeBytes: upload.partSizeBytes,
    status: upload.status,
    ...plan(upload),
    uploadToken,
    parts: parts.map(signedPart),
  };
}

export function openUploads(page: UploadPage): z.infer<typeof OpenUploads> {
  return {
    items: page.items.map(({ upload, title, fileName, fingerprint, storedAt, createdAt }) => ({
      uploadSessionId: upload.id,
      videoId: upload.videoId,
      title,
      fileName,
      fingerprint,
      status: upload.status,
      sizeBytes: upload.sizeBytes,
      partSizeBytes: upload.partSizeBytes,
      ...plan(upload),
      bytesUploaded: upload.bytesUploaded,
      storedAt: storedAt?.toISOString() ?? null,
      createdAt: createdAt.toISOString(),
    })),
    nextCursor: page.nextCursor,
  };
}

export function uploadBody(upload: UploadView): z.infer<typeof UploadBody> {
  return {
    uploadSessionId: upload.id,
    status: upload.status,
    bytesUploaded: upload.bytesUploaded,
    partSizeBytes: upload.partSizeBytes,
    videoId: upload.videoId,
    ...plan(upload),
  };
}

function plan({ partCount, stored, expiresAt }: UploadView) {
  return { partCount, stored, expiresAt: expiresAt.toISOString() };
}

export function uploadState(upload: UploadView): z.infer<typeof UploadState> {
  return { uploadSessionId: upload.id, status: upload.status };
}

export function signedPart(part: SignedPart): z.infer<typeof SignedPartBody> {
  return {
    partNumber: part.partNumber,
    uploadUrl: part.url,
    expiresAt: part.expiresAt.toISOString(),
    sizeBytes: part.sizeBytes,
  };
}

export function uploadPolicies(policies: UploadPolicies): z.infer<typeof UploadPoliciesBody> {
  const items = Object.entries(policies).map(([name, policy]) => ({
    name,
    formats: policy.formats.map((format) => ({
      name: VIDEO_FORMATS[format].name,
      extensions: [...VIDEO_FORMATS[format].extensions],
      mimeTypes: [...VIDEO_FORMATS[format].mimeTypes],
    })),
    archives: policy.archives,
    maxSizeBytes: policy.maxSizeBytes,
    uploadsPerHour: policy.uploadsPerHour,
    urlTtlSeconds: policy.urlTtlSeconds,
    maxDurationSeconds: policy.limits.maxDurationSeconds,
    maxPixels: policy.limits.maxPixels,
    maxFramesPerSecond: policy.limits.maxFramesPerSecond,
    transcoder: policy.transcoder,
  }));
  return { items };
}
