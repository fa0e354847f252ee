import { createHash } from 'node:crypto';
import type { BackupReason } from './manifest.ts';

/** PostgreSQL cuts longer names off. */
const LONGEST_NAME_BYTES = 63;
const LONGEST_SUFFIX_BYTES = '_before_restore_20261121_021500_000'.length;

/**
 * Databases that live beside the configured one for a while: `scratch` to look at a backup, `restore` while one is
 * being restored, `before_restore` for what a restore replaced, `undone` for what undoing one replaced.
 */
export type SiblingPurpose = 'scratch' | 'restore' | KeptPurpose;
export type KeptPurpose = 'before_restore' | 'undone';

/** The name of a database beside another, with the time it was made. */
export function siblingName(database: string, purpose: SiblingPurpose, at: Date = new Date()): string {
  return `${stem(database)}_${purpose}_${digits(at)}`;
}

/** When that sibling of `database` was made; undefined when the name is not one of that purpose. */
export function siblingTime(database: string, purpose: SiblingPurpose, name: string): Date | undefined {
  const start = `${stem(database)}_${purpose}_`;
  return name.startsWith(start) ? parseDigits(name.slice(start.length)) : undefined;
}

/** A long name is cut, and keeps a digest so that no two databases share one. */
function stem(database: string): string {
  const room = LONGEST_NAME_BYTES - LONGEST_SUFFIX_BYTES;
  if (Buffer.byteLength(database) <= room) return database;
  return `${Buffer.from(database)
    .subarray(0, room - 9)
    .toString()
    .replace(/�+$/, '')}_${digest(database)}`;
}

function digest(database: string): string {
  return createHash('sha256').update(database).digest('hex').slice(0, 8);
}

/** 20261121_021500_000: digits only, so that it needs no quotes where people type it. */
function digits(at: Date): string {
  return at.toISOString().replace(/[-:Z]/g, '').replace(/[T.]/g, '_');
}

function parseDigits(text: string): Date | undefined {
  const parts = /^(\d{4})(\d{2})(\d{2})_(\d{2})(\d{2})(\d{2})_(\d{3})$/.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second, milliseconds] = parts;
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milliseconds}Z`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

export const DUMP_FILE = 'database.dump';
export const MANIFEST_FILE = 'manifest.json';
/** How the name of a backup's folder ends while it is written, and while it is removed. */
export const PARTIAL = '.partial';
export const REMOVED = '.removed';

/** The name of a backup: whose it is, when and why it was taken. */
export function backupName(database: string, at: Date, reason: BackupReason): string {
  return `${backupStem(database)}_${digits(at)}_${reason}`;
}

/** What the name of a backup of this database says, whatever lies in it; undefined for every other name. */
export function parseBackupName(
  database: string,
  name: string,
): { readonly takenAt: Date; readonly reason: string } | undefined {
  return parseAfter(backupStem(database), name) ?? parseAfter(plainStem(database), name);
}

/** True for the names that backups of this database get, and those of no other one. */
export function isNameOfOurs(database: string, name: string): boolean {
  return parseAfter(backupStem(database), name) !== undefined;
}

function parseAfter(stem: string, name: string) {
  const start = `${stem}_`;
  const [, time = '', reason] = /^(\d{8}_\d{6}_\d{3})_([a-z-]+)$/.exec(name.slice(start.length)) ?? [];
  const takenAt = parseDigits(time);
  return !name.startsWith(start) || takenAt === undefined || reason === undefined ? undefined : { takenAt, reason };
}

/** As a folder's name. Where a character had to go it keeps a digest, so that no two databases share one. */
function backupStem(database: string): string {
  const plain = plainStem(database);
  return plain === stem(database) ? plain : `${plain}_${digest(database)}`;
}

/** Nothing that a shell or another file system would mind. The first backups were called so, and several databases can be. */
function plainStem(database: string): string {
  return stem(database).replace(/[^A-Za-z0-9_-]/g, '-');
}
