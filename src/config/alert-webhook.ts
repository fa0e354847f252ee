import type { ConfigurationProblem } from './problems.ts';
import type { Settings } from './settings.ts';

/** Where alerts are posted to. Neither the URL's path nor its user information is for anybody's eyes. */
export type AlertWebhookConfig = {
  readonly url: string;
  /** Host and port, for messages. */
  readonly host: string;
  /** What the URL said of user and password, as a header. */
  readonly authorization: string | undefined;
  /** What messages are signed with; undefined leaves them unsigned. */
  readonly key: Uint8Array | undefined;
};

const SHORTEST_KEY = 24;
const LONGEST_KEY = 64;

/** Reads ALERT_WEBHOOK_URL and ALERT_WEBHOOK_SECRET; undefined where there is none. Problems are appended. */
export function readAlertWebhook(
  settings: Settings,
  problems: ConfigurationProblem[],
): AlertWebhookConfig | undefined {
  const { ALERT_WEBHOOK_URL: text, ALERT_WEBHOOK_SECRET: secret } = settings;
  const key = secret === undefined ? undefined : keyOf(secret);
  if (secret !== undefined && key === undefined) {
    problems.push({
      variable: 'ALERT_WEBHOOK_SECRET',
      problem: `is no secret of ${SHORTEST_KEY} to ${LONGEST_KEY} bytes in Base64 after whsec_`,
      remedy: 'Set it to what this prints: echo "whsec_$(openssl rand -base64 32)"',
    });
  }
  if (text === undefined) {
    if (secret !== undefined) {
      problems.push({
        variable: 'ALERT_WEBHOOK_SECRET',
        problem: 'is set, although ALERT_WEBHOOK_URL is not',
        remedy: 'Set ALERT_WEBHOOK_URL too, or remove ALERT_WEBHOOK_SECRET.',
      });
    }
    return undefined;
  }
  const url = URL.parse(text);
  const user = url === null ? undefined : userOf(url);
  if (url === null || user === undefined || !/^https?:$/.test(url.protocol)) {
    // It is not repeated: whoever knows it may post.
    problems.push({
      variable: 'ALERT_WEBHOOK_URL',
      problem: 'is no URL that begins with https:// (or http://, on this machine)',
      remedy:
        'Set it to where alerts are to be posted. Characters such as @ : / in a password must be percent-encoded.',
    });
    return undefined;
  }
  const authorization = user === ':' ? undefined : `Basic ${Buffer.from(user).toString('base64')}`;
  url.username = '';
  url.password = '';
  url.hash = '';
  return { url: url.href, host: url.host, authorization, key };
}

/** `user:password`, `:` where there is neither; undefined when it is not encoded as it must be. */
function userOf({ username, password }: URL): string | undefined {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    return undefined;
  }
}

function keyOf(secret: string): Uint8Array | undefined {
  const [, encoded = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  const key = Buffer.from(encoded, 'base64');
  return key.length < SHORTEST_KEY || key.length > LONGEST_KEY ? undefined : key;
}
