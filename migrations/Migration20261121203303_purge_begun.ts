import { Migration } from '@mikro-orm/migrations';

/** From a moment that is written down a deleted video's objects go, and nothing brings it back (R13). */
export class Migration20261121203303_purge_begun extends Migration {
  override name = 'Migration20261121203303_purge_begun';

  override up(): void {
    this.addSql('alter table "videos" add "purge_begun_at" timestamptz(6) null;');
  }

  override down(): void {
    this.addSql('alter table "videos" drop column "purge_begun_at";');
  }
}
