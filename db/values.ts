/** Postgres takes at most 65,535 bound parameters a statement. */
const MAX_PARAMS = 60_000;

/**
 * `($4::uuid,$5),($6,$7)` and its parameters, after those the statement has already. The first row
 * carries the casts: without them Postgres would take every column for text.
 */
export const valuesOf = (
  types: readonly string[],
  rows: readonly (readonly unknown[])[],
  taken: readonly unknown[] = [],
): { text: string; params: unknown[] } => {
  const params = [...taken];
  const text = rows
    .map((row, i) => {
      const cells = row.map((value, column) => {
        params.push(value);
        return i === 0 ? `$${params.length}::${types[column]}` : `$${params.length}`;
      });
      return `(${cells.join(',')})`;
    })
    .join(',');
  return { text, params };
};

/** Splits rows so that one statement can carry each part. */
export const inStatements = <Row>(rows: readonly Row[], columns: number): Row[][] => {
  const size = Math.min(500, Math.floor(MAX_PARAMS / columns));
  const parts: Row[][] = [];
  for (let i = 0; i < rows.length; i += size) parts.push(rows.slice(i, i + size));
  return parts;
};

/** Rows are always written in this order, so that two transactions cannot wait for each other. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
