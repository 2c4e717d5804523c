import { Migration } from '@mikro-orm/migrations';

/**
 * The sweeper's look, each minute, reads uploads that are still open: an index over all that ever were made it wade
 * through the ended ones. And a purge finds what was told of its video without reading everything that ever was told.
 */
export class Migration20261121181445_hot_indexes extends Migration {
  override name = 'Migration20261121181445_hot_indexes';

  override up(): void {
    this.addSql('create index "provider_events_video" on "provider_events" ("video_id");');
    this.addSql('create index "webhook_messages_video" on "webhook_messages" ("video_id");');
    this.addSql(`create index upload_sessions_live_check on upload_sessions (next_check_at)
      where status in ('INITIATED', 'IN_PROGRESS', 'PAUSED')`);
    this.addSql('drop index "upload_sessions_due_check";');
  }

  override down(): void {
    this.addSql('create index "upload_sessions_due_check" on "upload_sessions" ("next_check_at");');
    this.addSql('drop index if exists upload_sessions_live_check');
    this.addSql('drop index "webhook_messages_video";');
    this.addSql('drop index "provider_events_video";');
  }
}
