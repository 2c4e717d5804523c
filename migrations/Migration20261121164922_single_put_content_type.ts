import { Migration } from '@mikro-orm/migrations';

export class Migration20261121164922_single_put_content_type extends Migration {
  override name = 'Migration20261121164922_single_put_content_type';

  override up(): void | Promise<void> {
    this.addSql(`alter table "upload_sessions" add "content_type" text null;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`alter table "upload_sessions" drop column "content_type";`);
  }
}
