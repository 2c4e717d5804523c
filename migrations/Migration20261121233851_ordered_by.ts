import { Migration } from '@mikro-orm/migrations';

/** Whoever finds the pipeline paused or throttled sees who to ask. */
export class Migration20261121233851_ordered_by extends Migration {
  override name = 'Migration20261121233851_ordered_by';

  override up(): void {
    this.addSql('alter table "pipeline_control" add "ordered_by" text null;');
  }

  override down(): void {
    this.addSql('alter table "pipeline_control" drop column "ordered_by";');
  }
}
