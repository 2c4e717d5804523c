import { Migration } from '@mikro-orm/migrations';

/** What operators replay goes behind fresh uploads. */
export class Migration20261121201828_attempt_priority extends Migration {
  override name = 'Migration20261121201828_attempt_priority';

  override up(): void {
    this.addSql('alter table "transcode_jobs" add "priority" int not null default 0');
  }

  override down(): void {
    this.addSql('alter table "transcode_jobs" drop column "priority"');
  }
}
