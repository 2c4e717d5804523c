import { Migration } from '@mikro-orm/migrations';

/** What each published version cost, by the prices of its day. */
export class Migration20261121201416_cost extends Migration {
  override name = 'Migration20261121201416_cost';

  override up(): void {
    this.addSql('alter table "transcode_jobs" add "cost" jsonb null');
  }

  override down(): void {
    this.addSql('alter table "transcode_jobs" drop column "cost"');
  }
}
