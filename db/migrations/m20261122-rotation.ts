import { Migration } from '@mikro-orm/migrations';

/** What rotation and deletion need to know of tables that came after the keys. */
export class M20261122Rotation extends Migration {
  override up(): void {
    for (const statement of [IN_USE, DELETION]) this.addSql(statement);
  }

  override down(): void {
    this.addSql('drop function master_keys_in_use()');
    this.addSql(`alter table message_contacts add constraint message_contacts_message_id_fkey
      foreign key (message_id) references messages (id) on delete cascade`);
  }
}

const IN_USE = /* sql */ `
-- How much each master key wraps or seals: one that is not named may be removed. Unfinished connects
-- are sealed by one too, for a quarter of an hour at most; those that wait for an administrator are
-- begun again.
create or replace function master_keys_in_use() returns table (master_key_id text, keys bigint)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select master_key_id, count(*) from (
    select master_key_id from public.inbox_keys
    union all select master_key_id from public.event_endpoints) used
  group by master_key_id order by 1
$$;
`;

const DELETION = /* sql */ `
-- Rows of message_contacts come and go in the statement that their messages do (db/message-store.ts,
-- db/deletion-store.ts); the constraint would look once more, a trigger a row.
alter table message_contacts drop constraint message_contacts_message_id_fkey;
`;
