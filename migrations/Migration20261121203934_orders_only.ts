import { Migration } from '@mikro-orm/migrations';

/**
 * A transcoder elsewhere may take no orders and answer questions all the same. And what attempts have left running at one
 * is found, each minute, among those that were handed over and ended lately.
 */
export class Migration20261121203934_orders_only extends Migration {
  override name = 'Migration20261121203934_orders_only';

  override up(): void {
    this.addSql('alter table "provider_standings" add "orders_only" boolean not null default false;');
    this.addSql(`create index transcode_jobs_handed_over on transcode_jobs (finished_at)
      where provider_job_id is not null`);
  }

  override down(): void {
    this.addSql('drop index if exists transcode_jobs_handed_over');
    this.addSql('alter table "provider_standings" drop column "orders_only";');
  }
}
