import { Migration } from '@mikro-orm/migrations';

export class Migration20261121163654_uploads extends Migration {
  override name = 'Migration20261121163654_uploads';

  override up(): void | Promise<void> {
    this.addSql(
      `create table "idempotency_keys" ("id" uuid not null, "owner_id" uuid not null, "method" text not null, "route" text not null, "key" text not null, "request_hash" text not null, "claim_token" uuid null, "claimed_until" timestamptz(6) null, "status" int null, "resource_id" text null, "created_at" timestamptz(6) not null, primary key ("id"));`,
    );
    this.addSql(`create index "idempotency_keys_created" on "idempotency_keys" ("created_at");`);
    this.addSql(
      `alter table "idempotency_keys" add constraint "idempotency_keys_once" unique ("owner_id", "method", "route", "key");`,
    );

    this.addSql(
      `create table "playlists" ("id" uuid not null, "owner_id" uuid not null, "title" text not null, "state" text not null default 'UPLOADING', "fail_reason" text null, "fail_detail" text null, "policy" text not null, "file_name" text not null, "archive_key" text null, "archive_etag" text null, "archive_size_bytes" bigint null, "lease_token" uuid null, "lease_until" timestamptz(6) null, "next_check_at" timestamptz(6) null, "expires_at" timestamptz(6) not null, "announced_at" timestamptz(6) null, "created_at" timestamptz(6) not null, "updated_at" timestamptz(6) not null, primary key ("id"));`,
    );
    this.addSql(`create index "playlists_owner" on "playlists" ("owner_id", "created_at", "id");`);
    this.addSql(`create index "playlists_due" on "playlists" ("state", "next_check_at");`);

    this.addSql(
      `create table "playlist_entries" ("id" uuid not null, "playlist_id" uuid not null, "position" int not null, "name" text not null, "size_bytes" bigint null, "state" text not null default 'PENDING', "fail_reason" text null, "video_id" uuid null, "created_at" timestamptz(6) not null, primary key ("id"));`,
    );
    this.addSql(`create index "playlist_entries_video" on "playlist_entries" ("video_id");`);
    this.addSql(
      `alter table "playlist_entries" add constraint "playlist_entries_once" unique ("playlist_id", "position");`,
    );

    this.addSql(
      `create table "upload_grants" ("id" uuid not null, "owner_id" uuid not null, "token_hash" text not null, "policy" text not null default 'direct', "uploads_left" int not null, "expires_at" timestamptz(6) not null, "created_at" timestamptz(6) not null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "upload_grants" add constraint "upload_grants_token_hash_unique" unique ("token_hash");`,
    );
    this.addSql(`create index "upload_grants_expiry" on "upload_grants" ("expires_at");`);

    this.addSql(
      `create table "upload_locks" ("name" text not null, "token" uuid not null, "locked_until" timestamptz(6) not null, "release_requested_at" timestamptz(6) null, primary key ("name"));`,
    );

    this.addSql(
      `create table "upload_starts" ("id" uuid not null, "owner_id" uuid not null, "policy" text not null, "created_at" timestamptz(6) not null, primary key ("id"));`,
    );
    this.addSql(
      `create index "upload_starts_owner" on "upload_starts" ("owner_id", "policy", "created_at");`,
    );

    this.addSql(
      `create table "webhook_attempts" ("id" uuid not null, "delivery_id" uuid not null, "number" int not null, "started_at" timestamptz(6) not null, "duration_ms" int not null, "status" int null, "error" text null, "answer_excerpt" text null, primary key ("id"));`,
    );
    this.addSql(`create index "webhook_attempts_delivery" on "webhook_attempts" ("delivery_id", "number");`);

    this.addSql(
      `create table "webhook_deliveries" ("id" uuid not null, "endpoint_id" uuid not null, "message_id" uuid not null, "state" text not null default 'PENDING', "attempts" int not null default 0, "next_attempt_at" timestamptz(6) null, "ended_at" timestamptz(6) null, "created_at" timestamptz(6) not null, primary key ("id"));`,
    );
    this.addSql(`create index "webhook_deliveries_message" on "webhook_deliveries" ("message_id");`);
    this.addSql(
      `create index "webhook_deliveries_due" on "webhook_deliveries" ("state", "next_attempt_at");`,
    );
    this.addSql(
      `alter table "webhook_deliveries" add constraint "webhook_deliveries_once" unique ("endpoint_id", "message_id");`,
    );

    this.addSql(
      `create table "webhook_endpoints" ("id" uuid not null, "owner_id" uuid null, "kind" text not null default 'standard', "url" text not null, "description" text null, "events" jsonb not null, "secret" text null, "previous_secret" text null, "previous_secret_until" timestamptz(6) null, "disabled_at" timestamptz(6) null, "disabled_reason" text null, "failing_since" timestamptz(6) null, "created_at" timestamptz(6) not null, "updated_at" timestamptz(6) not null, primary key ("id"));`,
    );
    this.addSql(`create index "webhook_endpoints_owner" on "webhook_endpoints" ("owner_id", "created_at");`);

    this.addSql(
      `create table "webhook_messages" ("id" uuid not null, "owner_id" uuid not null, "type" text not null, "dedupe_key" text not null, "video_id" uuid null, "body" text not null, "created_at" timestamptz(6) not null, primary key ("id"));`,
    );
    this.addSql(
      `alter table "webhook_messages" add constraint "webhook_messages_dedupe_key_unique" unique ("dedupe_key");`,
    );
    this.addSql(
      `create index "webhook_messages_owner" on "webhook_messages" ("owner_id", "created_at", "id");`,
    );

    this.addSql(`alter table "upload_sessions" drop constraint "upload_sessions_provider_check";`);
    this.addSql(
      `alter table "upload_sessions" add "staging_key" text null, add "set_files" jsonb null, add "file_name" text null, add "last_signed_at" timestamptz(6) null;`,
    );
    this.addSql(`create index "upload_sessions_token" on "upload_sessions" ("token_hash");`);
    this.addSql(`create index "upload_sessions_fingerprint" on "upload_sessions" ("fingerprint");`);
    this.addSql(`create index "upload_sessions_due_check" on "upload_sessions" ("next_check_at");`);
    this.addSql(
      `alter table "upload_sessions" add constraint "upload_sessions_provider_check" check ("provider" in ('S3_MULTIPART', 'S3_PUT', 'TUS', 'S3_SET'));`,
    );

    this.addSql(
      `alter table "playlists" add constraint "playlists_state_check" check ("state" in ('UPLOADING', 'UPLOADED', 'UNPACKING', 'UNPACKED', 'FAILED'));`,
    );

    this.addSql(
      `alter table "playlist_entries" add constraint "playlist_entries_state_check" check ("state" in ('PENDING', 'ACCEPTED', 'REFUSED', 'IGNORED'));`,
    );

    this.addSql(
      `alter table "webhook_deliveries" add constraint "webhook_deliveries_state_check" check ("state" in ('PENDING', 'DELIVERED', 'FAILED'));`,
    );

    this.addSql(
      `alter table "webhook_endpoints" add constraint "webhook_endpoints_kind_check" check ("kind" in ('standard', 'ingest'));`,
    );
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table if exists "idempotency_keys" cascade;`);
    this.addSql(`drop table if exists "playlists" cascade;`);
    this.addSql(`drop table if exists "playlist_entries" cascade;`);
    this.addSql(`drop table if exists "upload_grants" cascade;`);
    this.addSql(`drop table if exists "upload_locks" cascade;`);
    this.addSql(`drop table if exists "upload_starts" cascade;`);
    this.addSql(`drop table if exists "webhook_attempts" cascade;`);
    this.addSql(`drop table if exists "webhook_deliveries" cascade;`);
    this.addSql(`drop table if exists "webhook_endpoints" cascade;`);
    this.addSql(`drop table if exists "webhook_messages" cascade;`);

    this.addSql(`drop index "upload_sessions_token";`);
    this.addSql(`drop index "upload_sessions_fingerprint";`);
    this.addSql(`drop index "upload_sessions_due_check";`);
    this.addSql(`alter table "upload_sessions" drop constraint "upload_sessions_provider_check";`);
    this.addSql(
      `alter table "upload_sessions" drop column "staging_key", drop column "set_files", drop column "file_name", drop column "last_signed_at";`,
    );
    this.addSql(
      `alter table "upload_sessions" add constraint "upload_sessions_provider_check" check ("provider" in ('S3_MULTIPART', 'S3_PUT', 'TUS'));`,
    );
  }
}
