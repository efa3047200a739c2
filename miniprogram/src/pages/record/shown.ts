// A record as the page shows it.

import type { RecordView, Schemas, VersionView } from '../../services/api'
import { pictureUrl } from '../../services/http'
import { dayLabel, instant, momentLabel } from '../../utils/dates'
import { flagWords, kindWords, recordWords, slotWords, verdictWords } from '../../utils/words'
import { factsOf, type Fact } from '../../utils/facts'

/** The record an extra could be merged into, or was. */
export type Other = Schemas['OtherRecord']
export type Whole = RecordView

/** A sentence about a photo; where there is another record with one like it, both pictures. */
export interface Look {
  words: string
  mine: string
  other: string
  otherId: string
  otherLabel: string
}

export interface ShownRecord {
  title: string
  state: string
  tone: string
  unit: string
  writer: string
  happened: string
  received: string
  facts: Fact[]
  photos: { slot: string; thumb: string; large: string }[]
  /** For a reviewer: what to know of the photos before deciding. */
  looks: Look[]
  duties: { title: string; verdict: string; tone: string }[]
  reviews: { words: string; reason: string; when: string; tone: string }[]
  remarks: string[]
  extraOf: (Other & { label: string }) | null
  mergedInto: Other | null
  versions: number
}

const TONES: Record<string, string> = { returned: 'back', accepted: 'done', merged: 'off', submitted: 'wait' }
const CHANNELS: Record<string, string> = {
  clerk: '由镇里代为录入',
  call: '电话里说,别人代为录入',
  paper: '照纸上写的,别人代为录入',
  visit: '当面说,别人代为录入',
  console: '在电脑上录入',
}
const DECISIONS: Record<string, string> = {
  accepted: '审核通过',
  returned: '退回补正',
  confirmed: '确认属实',
  reopened: '重新审核',
}

export function shownRecord(record: Whole, now: number): ShownRecord {
  const moment = (at: string): string => momentLabel(instant(at), now)
  const extra = record.duties.find((duty) => duty.extra_of)?.extra_of ?? null
  return {
    title: kindWords(record.kind),
    state: recordWords(record.state),
    tone: TONES[record.state] ?? 'due',
    unit: record.unit_name,
    writer: record.writer,
    happened: dayLabel(record.happened_on),
    received: moment(record.received_at),
    facts: factsOf(record.kind, record.facts),
    photos: record.photos.map(({ slot, links }) => ({
      slot: slotWords(slot),
      thumb: links ? pictureUrl(links.thumb) : '',
      large: links ? pictureUrl(links.display) : '',
    })),
    looks: record.photos.flatMap(looksOf),
    duties: record.duties.map((duty) => ({
      title: duty.title,
      verdict: duty.extra ? '多交的一份' : verdictWords(duty.verdict),
      tone: duty.extra ? 'off' : duty.verdict === 'late' ? 'late' : 'done',
    })),
    reviews: record.reviews.map((review) => ({
      words: `${review.reviewer}:${DECISIONS[review.decision] ?? review.decision}`,
      reason: review.reason ?? '',
      when: moment(review.at),
      tone: review.decision === 'returned' ? 'back' : 'done',
    })),
    remarks: [
      ...(CHANNELS[record.entry_channel] ? [CHANNELS[record.entry_channel] as string] : []),
      ...record.flags.map(flagWords),
      ...(record.needs_confirmation ? ['填写人当时已离任,要等支部书记确认后才算数'] : []),
      ...record.merged.map((other) => `并入了${other.writer}${dayLabel(other.happened_on)}的一份`),
    ],
    extraOf: extra && { ...extra, label: `${extra.writer}${dayLabel(extra.happened_on)}填写的“${extra.title}”` },
    mergedInto: record.merged_into ?? null,
    versions: record.version_no,
  }
}

/** A server before this knows nothing of them. */
function looksOf({ slot, links, facts }: Whole['photos'][number]): Look[] {
  return (facts ?? []).map(({ text, other }) => ({
    words: `${slotWords(slot)}:${text}`,
    mine: other && links ? pictureUrl(links.thumb) : '',
    other: other ? pictureUrl(other.links.thumb) : '',
    otherId: other?.record_id ?? '',
    otherLabel: other ? `${other.unit_name}${dayLabel(other.happened_on)}` : '',
  }))
}

/** The last return, while it stands. */
export function standingReturn(record: Whole): { reason: string; due: string } | null {
  if (record.state !== 'returned') return null
  const last = record.reviews.filter((review) => review.decision === 'returned').pop()
  if (!last) return null
  return { reason: last.reason ?? '', due: last.due_on ? `请在${dayLabel(last.due_on)}前补正。` : '' }
}

export interface ShownVersion {
  id: string
  title: string
  when: string
  facts: Fact[]
}

/** The newest first. */
export function shownVersions(kind: string, versions: VersionView[], now: number): ShownVersion[] {
  const numbered = [...versions].sort((a, b) => (a.received_at < b.received_at ? 1 : -1))
  return numbered.map((version) => ({
    id: version.id,
    title: version.no ? `第 ${version.no} 版 · ${version.writer}` : `另存的一版 · ${version.writer}(没有采用)`,
    when: momentLabel(instant(version.received_at), now),
    facts: factsOf(kind, (version.content as { facts?: unknown } | null)?.facts),
  }))
}
