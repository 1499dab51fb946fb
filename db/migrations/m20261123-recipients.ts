import { Migration } from '@mikro-orm/migrations';

/** Providers limit the recipients of a day, not the messages. */
export class M20261123Recipients extends Migration {
  override up(): void {
    this.addSql(COLUMN);
  }

  override down(): void {
    this.addSql('alter table outgoing_messages drop column recipients');
  }
}

// The default is for rows of a version that does not count them.
const COLUMN = /* sql */ `
alter table outgoing_messages add column recipients int not null default 1;
`;
