import { Migration } from '@mikro-orm/migrations';

/** The copy that a mailbox keeps of what was sent comes onto timelines by itself. */
export class M20261123SentCopies extends Migration {
  override up(): void {
    for (const statement of [COLUMN, DUE_COPIES]) this.addSql(statement);
  }

  override down(): void {
    this.addSql('drop function due_copies()');
    this.addSql('alter table outgoing_messages drop column copied_at');
  }
}

const COLUMN = /* sql */ `
-- when what became of the mailbox's own copy was known; null while that has to come
alter table outgoing_messages add column copied_at timestamptz(3);
create index outgoing_messages_uncopied on outgoing_messages (due_at)
  where state = 'sent' and copied_at is null;
`;

const DUE_COPIES = /* sql */ `
-- Sent messages whose copy has not come although their inbox is read, for whoever starts their
-- workflows: ids only. Each is named once in five minutes, as its workflow may be at it. Beside it
-- stands due_sends(), which an API process of the version before calls.
create function due_copies() returns table (id uuid, inbox_id uuid, idempotency_key text)
language sql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
  update public.outgoing_messages o set due_at = now() + interval '5 minutes'
  where o.id in (
    select m.id from public.outgoing_messages m join public.inboxes i on i.id = m.inbox_id
    where m.state = 'sent' and m.copied_at is null and m.due_at < now()
      and i.status = 'connected' and i.scope ->> 'kind' <> 'unchosen'
    order by m.due_at limit 200)
  returning o.id, o.inbox_id, o.idempotency_key
$$;
revoke all on function due_copies() from public;
grant execute on function due_copies() to sambandh_api;
`;
