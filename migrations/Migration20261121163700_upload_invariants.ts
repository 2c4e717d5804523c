import { Migration } from '@mikro-orm/migrations';
import { playlistStates } from '#domain/playlist/playlist-states.ts';
import { transitionTrigger } from '#domain/transition-trigger.ts';

/** What the database itself refuses of the tables that uploads brought (R12). */
export class Migration20261121163700_upload_invariants extends Migration {
  override name = 'Migration20261121163700_upload_invariants';

  override up(): void {
    for (const statement of transitionTrigger({ table: 'playlists', column: 'state' }, playlistStates))
      this.addSql(statement);
    for (const [table, name, rule] of CONSTRAINTS)
      this.addSql(`alter table ${table} add constraint ${name} ${rule}`);
  }

  override down(): void {
    this.addSql('drop function if exists playlists_transition() cascade');
    for (const [table, name] of [...CONSTRAINTS].reverse())
      this.addSql(`alter table ${table} drop constraint if exists ${name}`);
  }
}

const CONSTRAINTS = [
  [
    'playlist_entries',
    'playlist_entries_playlist',
    'foreign key (playlist_id) references playlists (id) on delete cascade',
  ],
  [
    'webhook_deliveries',
    'webhook_deliveries_endpoint',
    'foreign key (endpoint_id) references webhook_endpoints (id) on delete cascade',
  ],
  [
    'webhook_deliveries',
    'webhook_deliveries_message',
    'foreign key (message_id) references webhook_messages (id) on delete cascade',
  ],
  [
    'webhook_attempts',
    'webhook_attempts_delivery',
    'foreign key (delivery_id) references webhook_deliveries (id) on delete cascade',
  ],
  ['playlists', 'playlists_failed_has_reason', "check ((state = 'FAILED') = (fail_reason is not null))"],
  [
    'playlist_entries',
    'playlist_entries_accepted_has_video',
    "check (state <> 'ACCEPTED' or video_id is not null)",
  ],
  [
    'playlist_entries',
    'playlist_entries_refused_has_reason',
    "check (state <> 'REFUSED' or fail_reason is not null)",
  ],
  ['upload_grants', 'upload_grants_uploads_left', 'check (uploads_left >= 0)'],
  [
    'upload_sessions',
    'upload_sessions_staged',
    "check ((provider in ('S3_PUT', 'S3_SET')) = (staging_key is not null))",
  ],
  [
    'upload_sessions',
    'upload_sessions_set_has_files',
    "check ((provider = 'S3_SET') = (set_files is not null))",
  ],
  [
    'webhook_endpoints',
    'webhook_endpoints_has_secret',
    "check (kind <> 'standard' or (secret is not null and owner_id is not null))",
  ],
] as const;
