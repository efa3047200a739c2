// Reasons for a return that come up again and again, to be tapped instead of typed. Each says what to do.

const PHOTO = '照片看不清,请重拍一张'

const REASONS: Record<string, string[]> = {
  meeting: ['会议内容太简单,请补写讨论了什么、定了什么', '请写清每位缺席人员的原因', PHOTO, '日期或人数对不上,请核对'],
  sign: [
    '清理后的照片看不清墙面,请重拍一张',
    '清理前后不是同一处,请核对',
    '牌子上的字和照片对不上,请核对',
    '请写清保留或无法清理的原因',
  ],
  report: ['写得太简单,请补几句近期的情况', '请写清现在所在的城市'],
  contact: ['请写清说了什么、怎么联系的'],
}
const ANY = ['请写清做了什么、结果怎样', '日期对不上,请核对', PHOTO]

export const reasonsFor = (kind: string): string[] => REASONS[kind] ?? ANY

/** By when it is to be put right, in days; the server's own is a week. */
export const DUE_DAYS = [3, 7, 14]
