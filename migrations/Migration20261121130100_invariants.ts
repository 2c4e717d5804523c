import { Migration } from '@mikro-orm/migrations';
import { transcodeJobStates } from '#domain/transcode/transcode-job-states.ts';
import { transitionTrigger } from '#domain/transition-trigger.ts';
import { uploadSessionStates } from '#domain/upload/upload-session-states.ts';
import { videoStates } from '#domain/video/video-states.ts';

/** What the database itself refuses, whoever writes (R12). */
export class Migration20261121130100_invariants extends Migration {
  override name = 'Migration20261121130100_invariants';

  override up(): void {
    const statements = [
      ...transitionTrigger({ table: 'videos', column: 'status' }, videoStates),
      ...transitionTrigger({ table: 'upload_sessions', column: 'status' }, uploadSessionStates),
      ...transitionTrigger({ table: 'transcode_jobs', column: 'state' }, transcodeJobStates),
      ...KEYS,
      ...CHECKS,
      ...TRIGGERS,
    ];
    for (const statement of statements) this.addSql(statement);
  }

  override down(): void {
    for (const name of [...TRANSITIONS.map((table) => `${table}_transition`), 'videos_guard', 'assets_guard'])
      this.addSql(`drop function if exists ${name}() cascade`);
    for (const statement of [...CHECKS, ...KEYS].reverse()) {
      const [, table, constraint, index] = NAMES.exec(statement) ?? [];
      if (constraint) this.addSql(`alter table ${table} drop constraint if exists ${constraint}`);
      if (index) this.addSql(`drop index if exists ${index}`);
    }
  }
}

const TRANSITIONS = ['videos', 'upload_sessions', 'transcode_jobs'];

/** What a statement below makes: a constraint of a table, or an index. */
const NAMES = /^alter table (\w+) add constraint (\w+)|^create (?:unique )?index (\w+)/;

const KEYS = [
  `alter table upload_sessions add constraint upload_sessions_video foreign key (video_id)
     references videos (id) on delete cascade`,
  `alter table transcode_jobs add constraint transcode_jobs_video foreign key (video_id)
     references videos (id) on delete cascade`,
  `alter table video_assets add constraint video_assets_video foreign key (video_id)
     references videos (id) on delete cascade`,
  'alter table video_assets add constraint video_assets_video_id unique (video_id, id)',
  `alter table videos add constraint videos_master_asset foreign key (id, master_asset_id)
     references video_assets (video_id, id) on delete restrict`,
  `alter table video_assets add constraint video_assets_once
     unique nulls not distinct (video_id, version, type, quality_label)`,
  `create unique index upload_sessions_one_live on upload_sessions (video_id)
     where status in ('INITIATED', 'IN_PROGRESS', 'PAUSED')`,
  `create unique index transcode_jobs_one_open on transcode_jobs (video_id) where state in ('QUEUED', 'RUNNING')`,
  "create index upload_sessions_due on upload_sessions (expires_at) where status in ('INITIATED', 'IN_PROGRESS', 'PAUSED')",
  'create index videos_deleted on videos (deleted_at) where deleted_at is not null',
];

const CHECKS = [
  `alter table videos add constraint videos_ready_has_master
     check (status <> 'READY' or (master_asset_id is not null and current_version is not null))`,
  `alter table videos add constraint videos_has_source check (status not in ('UPLOADED', 'TRANSCODING', 'READY')
     or (source_file_key is not null and source_etag is not null
       and source_size_bytes is not null and source_size_bytes > 0))`,
  `alter table videos add constraint videos_failed_has_reason check ((status = 'FAILED') = (fail_reason is not null))`,
  `alter table videos add constraint videos_title_length check (char_length(title) between 1 and 200)`,
  `alter table upload_sessions add constraint upload_sessions_sizes check (part_size_bytes > 0
     and bytes_uploaded >= 0 and (size_bytes is null or size_bytes > 0))`,
  `alter table transcode_jobs add constraint transcode_jobs_failed_has_reason
     check (state <> 'FAILED' or fail_reason is not null)`,
  `alter table transcode_jobs add constraint transcode_jobs_ended check
     ((state in ('QUEUED', 'RUNNING')) = (finished_at is null))`,
  'alter table transcode_jobs add constraint transcode_jobs_progress check (progress between 0 and 100)',
];

const TRIGGERS = [
  // What a foreign key cannot say: the master is a master of the current version, and a row goes only by its tombstone.
  `create or replace function videos_guard() returns trigger language plpgsql as $body$
begin
  if tg_op = 'DELETE' then
    if old.deleted_at is null then
      raise exception 'a video is removed only after it was deleted (deleted_at)' using errcode = '23514';
    end if;
    return old;
  end if;
  new.row_version := old.row_version + 1;
  if new.master_asset_id is distinct from old.master_asset_id or new.current_version is distinct from old.current_version then
    if not exists (select from video_assets a where a.video_id = new.id and a.id = new.master_asset_id
      and a.type = 'HLS_MASTER' and a.version = new.current_version) then
      raise exception 'master_asset_id must name the HLS_MASTER of current_version' using errcode = '23514';
    end if;
  end if;
  return new;
end $body$`,
  // Else an asset that a video names could become something that it must not name.
  `create or replace function assets_guard() returns trigger language plpgsql as $body$
begin
  raise exception 'an asset is never changed: another version has assets of its own' using errcode = '23514';
end $body$`,
  'create or replace trigger assets_guard before update on video_assets for each row execute function assets_guard()',
  'create or replace trigger videos_guard before update or delete on videos for each row execute function videos_guard()',
];
