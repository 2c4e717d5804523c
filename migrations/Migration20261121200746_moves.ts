import { Migration } from '@mikro-orm/migrations';

/** Where each video's objects are, who of the running processes can reach which storage, and what is on its way. */
export class Migration20261121200746_moves extends Migration {
  override name = 'Migration20261121200746_moves';

  override up(): void {
    this.addSql(`create table "storages" ("id" text not null, "is_home" boolean not null default false,
      "created_at" timestamptz(6) not null, primary key ("id"))`);
    this.addSql('create unique index storages_one_home on storages (is_home) where is_home');
    this.addSql(`create table "running_processes" ("id" uuid not null, "name" text not null, "storages" text[] not null,
      "beat_at" timestamptz(6) not null, primary key ("id"))`);
    this.addSql(`create table "video_moves" ("video_id" uuid not null, "source" text not null, "target" text not null,
      "state" text not null default 'COPYING', "mover_token" uuid null, "lease_until" timestamptz(6) null,
      "objects" int not null default 0, "bytes" bigint not null default '0', "problem" text null,
      "switched_at" timestamptz(6) null, "remove_at" timestamptz(6) null, "created_at" timestamptz(6) not null,
      primary key ("video_id"),
      constraint video_moves_state_check check ("state" in ('COPYING', 'SWITCHED', 'REMOVING')))`);
    this.addSql('create index "video_moves_remove" on "video_moves" ("state", "remove_at")');
    this.addSql(`create table "moved_objects" ("video_id" uuid not null, "bucket" text not null, "key" text not null,
      "size_bytes" bigint not null, "source_etag" text not null, "target_etag" text not null,
      primary key ("video_id", "bucket", "key"),
      constraint moved_objects_bucket_check check ("bucket" in ('sources', 'media')))`);
    this.addSql('alter table "videos" add "storage" text null');
  }

  override down(): void {
    for (const table of ['moved_objects', 'video_moves', 'running_processes', 'storages'])
      this.addSql(`drop table if exists "${table}" cascade`);
    this.addSql('alter table "videos" drop column "storage"');
  }
}
