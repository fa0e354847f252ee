/** The comment on every schema that `npm run import:sqlite` makes: by it, what was imported is told from what others have. */
export const IMPORTED_SCHEMA_COMMENT = 'Made by npm run import:sqlite';
