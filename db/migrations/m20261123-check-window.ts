import { Migration } from '@mikro-orm/migrations';

/** How far back the completeness check looks. */
export class M20261123CheckWindow extends Migration {
  override up(): void {
    this.addSql(REQUEST_CHECKS);
  }

  override down(): void {
    this.addSql('drop function request_checks(interval, int, interval)');
  }
}

const REQUEST_CHECKS = /* sql */ `
-- Asks for a completeness check of connected inboxes that had none within p_every and have nothing
-- else to do, and wakes them. It looks p_window back, which is what a contact that came late was
-- promised: its older mail is none that was missed. Earlier checks that found nothing go, so that one
-- remains. Beside it stands the function of two arguments, which a worker of the version before calls.
create function request_checks(p_every interval, p_limit int, p_window interval) returns int
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare asked uuid[];
begin
  with due as (
    select i.id, i.epoch, i.window_start, i.covered_seq, greatest(i.last_backfill, coalesce(
        (select max(b.n) from public.backfills b where b.inbox_id = i.id), 0)) + 1 as n
    from public.inboxes i
    where i.status = 'connected' and i.covered_seq > 0 and not exists (
      select from public.backfills b where b.inbox_id = i.id
        and (b.state in ('requested', 'running')
          or (b.kind = 'check' and b.requested_at > now() - p_every)))
    order by i.id limit p_limit
  ), inserted as (
    insert into public.backfills (inbox_id, n, kind, state, window_from, window_to, seq_upto)
    select id, n, 'check', 'requested', greatest(window_start, now() - p_window),
      now() - interval '1 hour', covered_seq from due
    on conflict (inbox_id, n) do nothing
    returning inbox_id
  )
  select coalesce(array_agg(inbox_id), '{}') into asked from inserted;
  delete from public.backfills b where b.inbox_id = any(asked) and b.kind = 'check'
    and b.state = 'completed';
  insert into public.workflow_commands (inbox_id, kind, epoch)
  select i.id, 'wake', i.epoch from public.inboxes i where i.id = any(asked);
  return cardinality(asked);
end $$;
revoke all on function request_checks(interval, int, interval) from public;
grant execute on function request_checks(interval, int, interval) to sambandh_worker;
`;
