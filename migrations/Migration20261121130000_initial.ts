import { Migration } from '@mikro-orm/migrations';

export class Migration20261121130000_initial extends Migration {
  override name = 'Migration20261121130000_initial';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "dead_letters" ("id" uuid not null, "task" text not null, "payload" jsonb not null, "video_id" uuid null, "reason" text not null, "detail" text null, "created_at" timestamptz(6) not null, "retried_at" timestamptz(6) null, primary key ("id"));`,
    );
    this.addSql(`create index "dead_letters_created" on "dead_letters" ("created_at", "id");`);

    this.addSql(
      `create table "provider_events" ("id" uuid not null, "provider" text not null, "dedupe_key" text not null, "video_id" uuid null, "job_id" uuid null, "body" jsonb not null, "received_at" timestamptz(6) not null, "processed_at" timestamptz(6) null, "outcome" text null, primary key ("id"));`,
    );
    this.addSql(
      `create index "provider_events_unprocessed" on "provider_events" ("processed_at", "received_at");`,
    );
    this.addSql(
      `alter table "provider_events" add constraint "provider_events_once" unique ("provider", "dedupe_key");`,
    );

    this.addSql(
      `create table "transcode_jobs" ("id" uuid not null, "video_id" uuid not null, "provider" text not null, "provider_job_id" text null, "state" text not null default 'QUEUED', "failed_before" int not null default 0, "progress" numeric(5,2) not null default 0, "lease_token" uuid null, "lease_until" timestamptz(6) null, "version" text not null, "output_prefix" text not null, "plan" jsonb not null, "fail_reason" text null, "fail_detail" text null, "run_at" timestamptz(6) not null, "dispatched_at" timestamptz(6) null, "started_at" timestamptz(6) null, "finished_at" timestamptz(6) null, "sweep_at" timestamptz(6) null, "swept_at" timestamptz(6) null, "created_at" timestamptz(6) not null, "updated_at" timestamptz(6) not null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "transcode_jobs" add constraint "transcode_jobs_version_unique" unique ("version");`,
    );
    this.addSql(
      `alter table "transcode_jobs" add constraint "transcode_jobs_output_prefix_unique" unique ("output_prefix");`,
    );
    this.addSql(`create index "transcode_jobs_video" on "transcode_jobs" ("video_id", "created_at");`);
    this.addSql(`create index "transcode_jobs_state" on "transcode_jobs" ("state", "lease_until");`);
    this.addSql(`create index "transcode_jobs_sweep" on "transcode_jobs" ("swept_at", "sweep_at");`);

    this.addSql(
      `create table "upload_sessions" ("id" uuid not null, "video_id" uuid not null, "provider" text not null default 'S3_MULTIPART', "provider_upload_id" text not null, "status" text not null default 'INITIATED', "bytes_uploaded" bigint not null default '0', "file_key" text not null, "size_bytes" bigint null, "mime" text not null, "part_size_bytes" bigint not null, "policy" text not null default 'mobile', "fingerprint" text null, "token_hash" text null, "expires_at" timestamptz(6) not null, "completing_until" timestamptz(6) null, "completing_token" uuid null, "next_check_at" timestamptz(6) null, "stored_parts" jsonb null, "stored_parts_at" timestamptz(6) null, "created_at" timestamptz(6) not null, "updated_at" timestamptz(6) not null, primary key ("id"));`,
    );
    this.addSql(`create index "upload_sessions_video" on "upload_sessions" ("video_id");`);

    this.addSql(
      `create table "videos" ("id" uuid not null, "owner_id" uuid not null, "title" text not null, "description" text null, "source_file_key" text null, "source_etag" text null, "source_size_bytes" bigint null, "source_mime" text null, "duration_seconds" numeric(12,3) null, "width" int null, "height" int null, "status" text not null default 'DRAFT', "fail_reason" text null, "current_version" text null, "master_asset_id" uuid null, "poster_key" text null, "metadata" jsonb not null default '{}', "playback_policy" text not null default 'public', "policy" text not null default 'mobile', "created_via" text not null default 'mobile', "deleted_at" timestamptz(6) null, "row_version" int not null default 1, "created_at" timestamptz(6) not null, "updated_at" timestamptz(6) not null, primary key ("id"));`,
    );
    this.addSql(`create index "videos_owner_created" on "videos" ("owner_id", "created_at", "id");`);
    this.addSql(`create index "videos_status_updated" on "videos" ("status", "updated_at");`);

    this.addSql(
      `create table "video_assets" ("id" uuid not null, "video_id" uuid not null, "version" text not null, "type" text not null, "quality_label" text null, "bandwidth" int null, "width" int null, "height" int null, "codec" text null, "container" text not null, "file_key" text not null, "created_at" timestamptz(6) not null, primary key ("id"));`,
    );

    this.addSql(
      `alter table "transcode_jobs" add constraint "transcode_jobs_state_check" check ("state" in ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELED', 'HANDED_BACK', 'LOST'));`,
    );

    this.addSql(
      `alter table "upload_sessions" add constraint "upload_sessions_provider_check" check ("provider" in ('S3_MULTIPART', 'S3_PUT', 'TUS'));`,
    );
    this.addSql(
      `alter table "upload_sessions" add constraint "upload_sessions_status_check" check ("status" in ('INITIATED', 'IN_PROGRESS', 'PAUSED', 'COMPLETED', 'FAILED', 'CANCELED'));`,
    );

    this.addSql(
      `alter table "videos" add constraint "videos_status_check" check ("status" in ('DRAFT', 'UPLOADING', 'UPLOADED', 'TRANSCODING', 'READY', 'FAILED'));`,
    );

    this.addSql(
      `alter table "video_assets" add constraint "video_assets_type_check" check ("type" in ('HLS_MASTER', 'HLS_RENDITION', 'HLS_AUDIO', 'THUMBNAIL', 'MP4', 'STORYBOARD', 'CAPTION'));`,
    );
    this.addSql(
      `alter table "video_assets" add constraint "video_assets_container_check" check ("container" in ('m3u8', 'ts', 'fmp4', 'mp4', 'jpg', 'vtt'));`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "dead_letters" cascade;`);
    this.addSql(`drop table if exists "provider_events" cascade;`);
    this.addSql(`drop table if exists "transcode_jobs" cascade;`);
    this.addSql(`drop table if exists "upload_sessions" cascade;`);
    this.addSql(`drop table if exists "videos" cascade;`);
    this.addSql(`drop table if exists "video_assets" cascade;`);
  }
}
