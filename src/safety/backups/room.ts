import type { DatabaseAddress } from '../../config/database-address.ts';
import { type Disk, findDisk } from './disk.ts';
import type { BackupManifest } from './manifest.ts';
import { megabytes } from './units.ts';

/** With less than that PostgreSQL is close to a standstill, for everybody. */
const LEFT_ALONE_BYTES = 256 * 2 ** 20;
/** Less than what PostgreSQL's own files grow and shrink by every day: who has no room for that is down anyway. */
const SMALL_BYTES = 256 * 2 ** 20;
const LOOK_PAUSE_MS = 1000;
/** How much smaller a dump is than the database, where the manifest does not say how large that was. */
const PACKING = 8;

export type RoomOptions = {
  readonly progress: (sentence: string) => void;
  /** Nobody is there who would see it: nothing is begun of which nobody knows whether there is room for it. */
  readonly unattended?: boolean;
  /** Neither asks for room nor stops when there is none left, because somebody said so. */
  readonly withoutRoomCheck?: boolean;
  /** A sentence that says what else can be done where there is too little room. */
  readonly otherwise?: string;
};

/** How many bytes the database of a backup takes in PostgreSQL. */
export function restoredBytes({ database, dump }: BackupManifest): number {
  return database.bytes ?? PACKING * dump.bytes;
}

/** How much room a disk must have before a database of so many bytes is restored on it. */
export function roomFor(bytes: number, { walBytes }: Disk): number {
  return bytes + Math.min(bytes, walBytes) + LEFT_ALONE_BYTES;
}

/**
 * The disk of the server, on which so many bytes are to be restored; undefined where it cannot be seen from here.
 * @throws {Error} where it is seen and has too little room
 */
export async function diskWithRoom(
  address: DatabaseAddress,
  bytes: number,
  otherwise = '',
): Promise<Disk | undefined> {
  const disk = await findDisk(address);
  if (disk === undefined) return undefined;
  const needed = roomFor(bytes, disk);
  const free = await disk.freeBytes();
  if (free >= needed) return disk;
  throw new Error(
    `${diskOf(address)} has ${megabytes(free)} left, and restoring ${megabytes(bytes)} there needs ${megabytes(needed)}, ` +
      `so that what is served does not suffer. Make room and run this again. ${otherwise}`.trimEnd(),
  );
}

function diskOf({ host, port }: DatabaseAddress): string {
  return `The disk of PostgreSQL on ${host}:${port}`;
}

/**
 * Runs `work`, which restores so many bytes on the server, and stops it before the disk is full: whoever else uses that
 * server must not suffer for it. Where the disk cannot be seen from here, nothing of that is certain.
 * @throws {Error} when there is too little room, before or meanwhile
 */
export async function withRoom<Result>(
  address: DatabaseAddress,
  bytes: number,
  options: RoomOptions & { readonly signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { progress, signal, unattended = false, withoutRoomCheck = false, otherwise } = options;
  if (withoutRoomCheck) return work(signal);
  const disk = await diskWithRoom(address, bytes, otherwise);
  const where = diskOf(address);
  if (disk === undefined) {
    if (bytes <= SMALL_BYTES) return work(signal);
    if (unattended) {
      throw new Error(
        `${where} cannot be seen from here, and restoring ${megabytes(bytes)} there could fill it. Name another ` +
          'PostgreSQL for that in BACKUP_PROOF_URL (or this one, if you know that it has room), or a folder here on its ' +
          'disk in DB_DATA_DIR, or see to it yourself: npm run backup:verify',
      );
    }
    progress(`${where} cannot be seen from here. See that it has room for ${megabytes(bytes)} and more.`);
    return work(signal);
  }
  const full = new AbortController();
  const look = async () => {
    const left = await disk.freeBytes().catch(() => undefined);
    if (left === undefined || left >= LEFT_ALONE_BYTES) return;
    full.abort(
      new Error(
        `${where} has only ${megabytes(left)} left, so the restoring was stopped and what it had written is removed. ` +
          'Make room and run this again.',
      ),
    );
  };
  const timer = setInterval(() => void look(), LOOK_PAUSE_MS);
  try {
    return await work(AbortSignal.any([signal, full.signal]));
  } finally {
    clearInterval(timer);
  }
}
