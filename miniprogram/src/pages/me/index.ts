// 我的: who I am here, how I like the pages, and the ways to everything that is rarely wanted.

import { page } from '../../behaviors/page'
import { list, onChange } from '../../outbox/index'
import * as account from '../../services/account'
import { sentence } from '../../services/errors'
import { load, SHELL } from '../../services/load'
import { look, preferences, setPreferences } from '../../services/preferences'
import { confirm, go, toast } from '../../services/screen'
import { current, logOut } from '../../services/session'

const SMALLEST = 18
const LARGEST = 30

Component({
  behaviors: [page],
  data: {
    ...SHELL,
    name: '',
    town: '',
    posts: [] as { label: string; units: string }[],
    branch: '',
    away: '',
    size: SMALLEST,
    fullPhotos: false,
    towns: 0,
    mayReview: false,
    mayPropose: false,
    hasDesk: false,
    contacts: '',
    unsent: 0,
    leaving: false,
    busy: false,
  },
  lifetimes: {
    attached() {
      ;(this as unknown as { stopItems?: () => void }).stopItems = onChange(() => this.count())
    },
    detached() {
      ;(this as unknown as { stopItems?: () => void }).stopItems?.()
    },
  },
  methods: {
    onShow() {
      const { size, fullPhotos } = preferences()
      const who = current()
      this.setData({
        size,
        fullPhotos,
        leaving: false,
        towns: who?.memberships.length ?? 0,
        name: who?.personName ?? '',
        town: who?.townName ?? '',
      })
      this.count()
      void this.load()
    },
    async load() {
      await load(this, 'me', account.me, (me) => this.show(me))
    },
    show(me: account.Me) {
      const away = account.isAway(me)
      this.setData({
        name: me.name,
        town: me.town_name ?? current()?.townName ?? '',
        towns: current()?.memberships.length ?? 0,
        posts: me.posts
          .filter((post) => post.role !== 'mobile_member')
          .map((post) => ({ label: post.label, units: (post.units ?? []).map((unit) => unit.name).join('、') })),
        // A Party member's own branch stands beside 党员 already.
        branch: me.posts.some((post) => post.role === 'party_member' && post.units?.length)
          ? ''
          : (me.branch?.name ?? ''),
        away: away ? awayWords(me) : '',
        mayReview: account.mayReview(me),
        mayPropose: account.may(me, 'propose_excuse'),
        hasDesk: account.may(me, 'read_call_list'),
        contacts: away ? '我的汇报和支部回复' : account.mayReadContacts(me) ? '流动党员' : '',
      })
    },
    count() {
      this.setData({ unsent: list().filter((item) => item.state !== 'received').length })
    },

    setLarge({ detail }: WechatMiniprogram.SwitchChange) {
      setPreferences({ large: detail.value })
    },
    slide({ detail }: WechatMiniprogram.SliderChange) {
      this.resize(detail.value)
    },
    smaller() {
      this.resize(this.data.size - 1)
    },
    larger() {
      this.resize(this.data.size + 1)
    },
    resize(size: number) {
      const next = Math.min(LARGEST, Math.max(SMALLEST, size))
      setPreferences({ size: next, ...(look().large ? {} : { large: true }) })
      this.setData({ size: next })
    },
    setFullPhotos({ detail }: WechatMiniprogram.SwitchChange) {
      setPreferences({ fullPhotos: detail.value })
      this.setData({ fullPhotos: detail.value })
    },

    open(event: WechatMiniprogram.TouchEvent) {
      go(String(event.currentTarget.dataset['page']))
    },
    switchTown() {
      go('/pages/bind/index', { towns: '1' })
    },

    startLeaving() {
      this.setData({ leaving: true })
    },
    stay() {
      this.setData({ leaving: false })
    },
    leaveHere() {
      void this.leave(false)
    },
    leaveEverywhere() {
      void this.leave(true)
    },
    async leave(everywhere: boolean) {
      const { unsent } = this.data
      if (unsent > 0) {
        const words = `还有 ${unsent} 项在这部手机里没有上传完。退出后它们会留着,但要等您本人在这部手机上再登录才会上传。`
        if (!(await confirm('还有内容没上传', words, '仍要退出', '先不退'))) return
      }
      this.setData({ busy: true })
      try {
        await logOut(everywhere)
      } catch (error) {
        toast(sentence(error))
      } finally {
        this.setData({ busy: false })
      }
    },
  },
})

function awayWords({ away }: account.Me): string {
  if (!away) return '流动党员'
  return away.contact_name ? `流动党员,${away.contact_name}和您联系` : '流动党员'
}
