import type { ChildProcess } from 'node:child_process';

type ClusterMessage = {
  readonly cmd?: string;
  readonly act?: string;
  readonly seq?: number;
  readonly ack?: number;
};

const LAST_WORDS_MS = 50;

/**
 * Node's cluster (24.x) forgets the connections it has handed to a worker that dies before it says that it took them: they
 * stay open and are never answered. This has it hand them to another worker. It stands on messages of the cluster that
 * are not documented: where they are others, nothing is tracked and nothing worse happens (test/workers). Where nobody is
 * left who could take them they are closed, which Node does with those that count as accepted.
 */
export function rescueHandedConnections(child: ChildProcess, othersListen: () => boolean): void {
  const handed = new Set<number>();
  const { send } = child;
  Object.assign(child, {
    send(message: ClusterMessage, ...rest: readonly unknown[]): boolean {
      if (message.act === 'newconn' && message.seq !== undefined) handed.add(message.seq);
      return Reflect.apply(send, child, [message, ...rest]);
    },
  });
  child.on('internalMessage', ({ ack }: ClusterMessage) => {
    if (ack !== undefined) handed.delete(ack);
  });
  const rescue = () => {
    const accepted = !othersListen();
    for (const ack of handed) child.emit('internalMessage', { cmd: 'NODE_CLUSTER', ack, accepted });
    handed.clear();
  };
  // What it said last may be read after its end, and that nothing comes any more is not always told.
  child.once('exit', () => setTimeout(rescue, LAST_WORDS_MS));
}
