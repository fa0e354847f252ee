/** A panel of the dashboard: what it is called, what it shows, in which unit of Grafana's. */
export type Panel = {
  readonly title: string;
  readonly description?: string;
  /** `timeseries` if left out; `state` draws states along time, `now` shows the last values. */
  readonly kind?: 'timeseries' | 'state' | 'now';
  readonly unit: string;
  /** Legend and PromQL; `$instance` in it is the servers that were chosen on the dashboard. */
  readonly queries: Readonly<Record<string, string>>;
  /** What 0, 1 and so on are called, and in which colour they are drawn. */
  readonly values?: readonly { readonly text: string; readonly color: string }[];
  /** Drawn upon each other, as parts of a whole. */
  readonly stacked?: boolean;
  /** Of 24 columns; 8 if left out. */
  readonly width?: number;
};

export type Row = { readonly title: string; readonly panels: readonly Panel[] };

/** What 0 and 1 are called. */
export const badOrGood = (bad: string, good: string) => [
  { text: bad, color: 'red' },
  { text: good, color: 'green' },
];
