/** The topic of what the primary sees of a database server. */
export function topicOf(server: string): string {
  return `seen ${server}`;
}

/** The topic by which a worker asks the primary to look at a server at once. */
export const LOOK_NOW = 'look now';
