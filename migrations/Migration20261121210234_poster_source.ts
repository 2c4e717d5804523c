import { Migration } from '@mikro-orm/migrations';

/** A poster knows the source that it shows, so that a file that replaces another never shows the one before. */
export class Migration20261121210234_poster_source extends Migration {
  override name = 'Migration20261121210234_poster_source';

  override up(): void {
    this.addSql('alter table "video_assets" add "source_key" text null;');
  }

  override down(): void {
    this.addSql('alter table "video_assets" drop column "source_key";');
  }
}
