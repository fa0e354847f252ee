/** A table that is named after a virtual table, in which SQLite may keep what is the virtual table's. */
export type ShadowTable = {
  readonly name: string;
  readonly columns: readonly { readonly name: string }[];
  readonly rows: number;
};

/**
 * What the modules for full-text search make of the texts, by the end of the table's name: its columns. One column may hold
 * numbers and texts, which no column of PostgreSQL does. The texts themselves are in other tables.
 */
const SEARCH_INDEX: Readonly<Record<string, readonly string[]>> = {
  config: ['k,v'],
  data: ['id,block'],
  docsize: ['id,sz', 'id,sz,origin', 'docid,size'],
  idx: ['segid,term,pgno'],
  segdir: ['level,idx,start_block,leaves_end_block,end_block,root'],
  segments: ['blockid,block'],
  stat: ['id,value'],
};

/** Whether the table is a part of a search index, and not one that only has a name like it. */
export function isSearchIndex({ name, columns }: Omit<ShadowTable, 'rows'>): boolean {
  const end = name.slice(name.lastIndexOf('_') + 1).toLowerCase();
  return SEARCH_INDEX[end]?.includes(columns.map((column) => column.name).join(',')) ?? false;
}

/** What becomes of a virtual table and of the tables named after it. */
export function explainVirtualTable(name: string, sql: string, shadows: readonly ShadowTable[]): string {
  const own = shadows.filter((shadow) => ownerOf(shadow.name) === name.toLowerCase());
  const imported = own.filter((shadow) => !isSearchIndex(shadow)).map((shadow) => shadow.name);
  const index = own.filter(isSearchIndex).map((shadow) => `${shadow.name} (rows: ${shadow.rows})`);
  return [
    imported.length === 0
      ? "its rows are in a form of SQLite's own, so they are not imported"
      : `the tables named after it are imported as they are: ${imported.join(', ')}`,
    ...(index.length === 0 ? [] : [`those of its search index stay behind: ${index.join(', ')}`]),
    `write it anew in PostgreSQL's SQL: ${sql}`,
  ].join('; ');
}

/** SQLite's own rule: what comes before the last underscore. */
function ownerOf(shadow: string): string {
  return shadow.slice(0, shadow.lastIndexOf('_')).toLowerCase();
}
