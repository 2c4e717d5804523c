import { Migration } from '@mikro-orm/migrations';

export class Migration20261121165433_webhook_claims extends Migration {
  override name = 'Migration20261121165433_webhook_claims';

  override up(): void | Promise<void> {
    this.addSql(`alter table "webhook_deliveries" add "claimed_until" timestamptz(6) null;`);
    this.addSql(
      `create index "webhook_deliveries_endpoint_newest" on "webhook_deliveries" ("endpoint_id", "id");`,
    );
    this.addSql(`create index "webhook_deliveries_claimed" on "webhook_deliveries" ("claimed_until");`);

    this.addSql(`create index "webhook_messages_created" on "webhook_messages" ("created_at");`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop index "webhook_deliveries_endpoint_newest";`);
    this.addSql(`drop index "webhook_deliveries_claimed";`);
    this.addSql(`alter table "webhook_deliveries" drop column "claimed_until";`);

    this.addSql(`drop index "webhook_messages_created";`);
  }
}
