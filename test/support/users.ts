import { sql } from './shared-servers.ts';

/** The names of all users, in the order in which they came. */
export async function usersOf(url: string): Promise<string[]> {
  const rows = await sql<{ username: string }>(url, 'select username from users order by id');
  return rows.map(({ username }) => username);
}

/** A user who can do nothing, to tell two states of a database from each other. */
export async function addUser(url: string, name: string): Promise<void> {
  await sql(url, "insert into users (username, email, password_hash) values ($1, $1 || '@example.com', '!')", [
    name,
  ]);
}
