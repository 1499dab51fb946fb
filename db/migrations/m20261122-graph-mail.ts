import { Migration } from '@mikro-orm/migrations';

/** Where a search goes on is sealed: Graph writes the addresses asked for into its links. */
export class M20261122GraphMail extends Migration {
  override up(): void {
    // A token in clear cannot be sealed here: the slice begins again, and skips what it has stored.
    this.addSql('alter table backfill_slices drop column page_token');
    this.addSql('alter table backfill_slices add column page_token_ct bytea');
  }

  override down(): void {
    this.addSql('alter table backfill_slices drop column page_token_ct');
    this.addSql('alter table backfill_slices add column page_token text');
  }
}
