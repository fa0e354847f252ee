/** One request of a load. */
export type LoadRequest = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly token?: string;
  readonly body?: unknown;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The status that is right for this request, where it is not the plan's. */
  readonly status?: number;
  /** What the answer's body is, or has in it; looked at each time. */
  readonly expected?: { readonly body: string } | { readonly part: string };
};
