import { defineEntity, p } from '@mikro-orm/core';
import { newId } from '../identifiers.ts';

export const ASSET_TYPES = [
  'HLS_MASTER',
  'HLS_RENDITION',
  'HLS_AUDIO',
  'THUMBNAIL',
  'MP4',
  'STORYBOARD',
  'CAPTION',
] as const;
export type AssetType = (typeof ASSET_TYPES)[number];

export const ASSET_CONTAINERS = ['m3u8', 'ts', 'fmp4', 'mp4', 'jpg', 'vtt'] as const;

const VideoAssetSchema = defineEntity({
  name: 'VideoAsset',
  tableName: 'video_assets',
  properties: {
    id: p.uuid().primary().onCreate(newId),
    videoId: p.uuid(),
    /** The version in `fileKey`'s path. */
    version: p.text(),
    type: p.enum([...ASSET_TYPES]),
    qualityLabel: p.text().nullable(),
    /** Bits per second. */
    bandwidth: p.integer().nullable(),
    width: p.integer().nullable(),
    height: p.integer().nullable(),
    codec: p.text().nullable(),
    container: p.enum([...ASSET_CONTAINERS]),
    fileKey: p.text(),
    /** The source that a poster shows; null for what was made with a version, and of posters cut before it was kept. */
    sourceKey: p.text().nullable(),
    createdAt: p.datetime(6).onCreate(() => new Date()),
  },
});

export class VideoAsset extends VideoAssetSchema.class {}
VideoAssetSchema.setClass(VideoAsset);
