import { Migration } from '@mikro-orm/migrations';

/** The send switch of an inbox, and messages on their way out. */
export class M20261122Sending extends Migration {
  override up(): void {
    for (const statement of [TABLES, FUNCTIONS, POLICIES]) this.addSql(statement);
  }

  override down(): void {
    throw new Error('What was sent cannot be taken back: drop the database instead.');
  }
}

const TABLES = /* sql */ `
-- Whether its user has turned on "Send from Sambandh": without it no send call is made.
alter table inboxes add column sending boolean not null default false;

create table outgoing_messages (
  id uuid primary key,
  inbox_id uuid not null references inboxes (id) on delete cascade,
  idempotency_key text not null,
  -- keyed hash of the request, which dies with the history: the same key with another body is refused
  request_hash bytea not null,
  state text not null check (state in
    ('queued', 'sending', 'sent', 'unknown', 'failed', 'cancelled')),
  -- sealed JSON: the message; null as soon as it is settled
  content_ct bytea,
  -- ours, without brackets: finds the message at the provider
  rfc_message_id text not null,
  provider_thread_id text,
  provider_message_id text,
  failure text,
  created_at timestamptz(3) not null default now(),
  due_at timestamptz(3) not null default now(),
  -- a call may have left: from here on it is looked for and never sent again
  attempted_at timestamptz(3),
  settled_at timestamptz(3),
  unique (inbox_id, idempotency_key)
);
create index outgoing_messages_open on outgoing_messages (due_at)
  where state in ('queued', 'sending');
create index outgoing_messages_by_time on outgoing_messages (inbox_id, created_at);
`;

const FUNCTIONS = /* sql */ `
-- Messages that wait, for whoever starts their workflows: ids only.
create function due_sends() returns table (id uuid, inbox_id uuid, idempotency_key text)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select id, inbox_id, idempotency_key from public.outgoing_messages
  where state in ('queued', 'sending') and due_at < now() - interval '3 seconds'
  order by due_at limit 200
$$;
revoke all on function due_sends() from public;
grant execute on function due_sends() to sambandh_api;
`;

const POLICIES = /* sql */ `
alter table outgoing_messages enable row level security;
alter table outgoing_messages force row level security;
create policy owner on outgoing_messages to sambandh_api using
  (exists (select from inboxes i where i.id = inbox_id));
create policy worker on outgoing_messages to sambandh_worker using (inbox_id = app_inbox());
create policy definer on outgoing_messages to current_user using (true);
grant select, insert, update on outgoing_messages to sambandh_api;
grant select, update, delete on outgoing_messages to sambandh_worker;
`;
