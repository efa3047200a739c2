// 免打扰: the zones people of the town live in. Whoever lives elsewhere keeps the zone once set.

export const ZONES = [
  { id: 'Asia/Shanghai', name: '中国时间' },
  { id: 'Asia/Tokyo', name: '东京时间' },
  { id: 'Asia/Singapore', name: '新加坡时间' },
  { id: 'Asia/Dubai', name: '迪拜时间' },
  { id: 'Africa/Lagos', name: '拉各斯时间' },
  { id: 'Europe/Moscow', name: '莫斯科时间' },
  { id: 'Europe/Rome', name: '罗马时间' },
  { id: 'Europe/London', name: '伦敦时间' },
  { id: 'America/New_York', name: '纽约时间' },
  { id: 'America/Los_Angeles', name: '洛杉矶时间' },
  { id: 'Australia/Sydney', name: '悉尼时间' },
]

/** What the town begins with. */
export const QUIET = { from: '21:00', until: '07:30' }

export const zoneWords = (id: string): string => ZONES.find((zone) => zone.id === id)?.name ?? `${id} 时间`
