// The way in: the privacy agreement in plain words, the office's code, and on to the page that was meant.

import { page } from '../../behaviors/page'
import { restart } from '../../services/arrive'
import { about } from '../../services/api'
import { ApiError, sentence } from '../../services/errors'
import { agreed, agreement, openContract } from '../../services/privacy'
import { dial, toast } from '../../services/screen'
import * as session from '../../services/session'
import { bindCodeProblem } from '../../utils/forms'

type Step = 'wait' | 'privacy' | 'declined' | 'away' | 'code' | 'towns'

Component({
  behaviors: [page],
  data: {
    step: 'wait' as Step,
    contract: '',
    code: '',
    typed: 0,
    problem: '',
    error: '',
    busy: false,
    towns: [] as { townId: string; townName: string; personName: string }[],
    hotline: '',
    /** Where to go afterwards. */
    to: '',
  },
  methods: {
    onLoad(query: Record<string, string | undefined>) {
      this.setData({ to: decodeURIComponent(query['to'] ?? '') })
      // Whom to call where there is no code at hand; without network there is no button.
      about().then(
        ({ help_phone: hotline = '' }) => this.setData({ hotline }),
        () => undefined,
      )
      if (query['towns']) return this.chooseTown()
      void this.begin()
    },
    async begin() {
      this.setData({ error: '', step: 'wait' })
      const { needed, name } = await agreement()
      if (needed) return this.setData({ step: 'privacy', contract: name })
      await this.enter()
    },
    readContract() {
      openContract()
    },
    agree() {
      agreed()
      void this.enter()
    },
    decline() {
      this.setData({ step: 'declined' })
    },
    again() {
      void this.begin()
    },

    /** Whoever is bound already is in, without a code; whoever has logged out says so first. */
    async enter() {
      if (session.isLoggedOut()) return this.setData({ step: 'away' })
      await this.signIn()
    },
    async signIn() {
      this.setData({ step: 'wait', error: '' })
      try {
        await session.signIn()
        restart(this.data.to)
      } catch (error) {
        if (isNotBound(error)) return this.setData({ step: 'code' })
        this.setData({ error: sentence(error) })
      }
    },
    logIn() {
      void this.signIn()
    },
    useCode() {
      this.setData({ step: 'code' })
    },

    typeCode({ detail }: WechatMiniprogram.Input) {
      const code = detail.value
      this.setData({ code, typed: cleaned(code).length, problem: '' })
    },
    async bind() {
      const problem = bindCodeProblem(this.data.code)
      if (problem) return this.setData({ problem })
      this.setData({ busy: true, problem: '' })
      try {
        const { memberships } = await session.bind(cleaned(this.data.code))
        if (memberships.length > 1 && !this.data.to) return this.chooseTown()
        restart(this.data.to)
      } catch (error) {
        this.setData({ problem: sentence(error) })
      } finally {
        this.setData({ busy: false })
      }
    },

    chooseTown() {
      this.setData({ step: 'towns', towns: session.current()?.memberships ?? [] })
    },
    async enterTown(event: WechatMiniprogram.TouchEvent) {
      const town = String(event.currentTarget.dataset['town'])
      if (this.data.busy) return
      this.setData({ busy: true })
      try {
        if (town !== session.current()?.townId) await session.switchTown(town)
        restart(this.data.to)
      } catch (error) {
        toast(sentence(error))
      } finally {
        this.setData({ busy: false })
      }
    },
    call() {
      dial(this.data.hotline)
    },
  },
})

/** As it goes to the server: without the spaces and dashes it was read out with. */
function cleaned(code: string): string {
  return code.replace(/[^0-9a-z]/gi, '').toUpperCase()
}

function isNotBound(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'identity.not_bound'
}
