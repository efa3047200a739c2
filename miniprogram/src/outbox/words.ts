// What the outbox says to people.

import type { OutboxItem, OutboxPhoto } from './item'

export const NEWER = '手机里有一项是新版小程序写的,现在的版本读不了。它会原样保留,请在微信里更新小程序后再打开。'

/** 已存手机 / 正在上传 / 镇里已收到 */
export function stateWords(item: OutboxItem): string {
  switch (item.state) {
    case 'received':
      return '镇里已收到'
    case 'sending':
      return '正在上传'
    case 'refused':
      return item.kept ? '镇里已收到,还要您处理' : '没有收下,要您处理'
    case 'waiting':
      return item.kept ? '文字镇里已收到,照片待上传' : '已存手机'
  }
}

export function photoWords(photo: OutboxPhoto): string {
  switch (photo.state) {
    case 'uploaded':
      return '镇里已收到'
    case 'uploading':
      return '正在上传'
    case 'saved':
      return '已存手机'
  }
}

/** The sentence below; empty where there is nothing to add. */
export function detailWords(item: OutboxItem): string {
  if (item.error && item.state !== 'received') return item.error.message
  if (item.answer?.number) return `编号 ${item.answer.number},答复会在“提醒”里告诉您。`
  if (item.answer?.needsConfirmation) return '您已离任,要等支部书记确认后才算数。'
  const [refused] = item.answer?.notCounted ?? []
  if (refused) return refused.message
  if (item.answer?.state === 'draft') return '还没有办完,清理后再补一张照片。'
  return item.answer?.verdicts.some((duty) => duty.verdict === 'late') ? '已过期限,记为补录。' : ''
}

/** What the person can do with a refused item. */
export function wayOut(item: OutboxItem): { action: 'compare' | 'photos' | 'change'; label: string } | null {
  if (item.state !== 'refused') return null
  if (item.error?.code === 'checkin.version_conflict') return { action: 'compare', label: '对照最新内容再改一次' }
  if (item.error?.code === 'outbox.photos_short') return { action: 'photos', label: '补照片' }
  return { action: 'change', label: '改一改再交' }
}

/** For the badge and the line on 今日; empty while nothing waits. */
export function summary(items: OutboxItem[]): string {
  const waiting = items.filter((item) => item.state === 'waiting' || item.state === 'sending').length
  const refused = items.filter((item) => item.state === 'refused').length
  const parts = [waiting > 0 ? `${waiting} 项等待上传` : '', refused > 0 ? `${refused} 项要您处理` : '']
  return parts.filter((part) => part !== '').join(',')
}
