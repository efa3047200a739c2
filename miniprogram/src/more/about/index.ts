// Whose this is. Without an operator and a filing number it is on trial, and says so.

import { page } from '../../behaviors/page'
import { about, type About } from '../../services/api'
import { versionWords } from '../../services/config'
import { load, quietly } from '../../services/load'
import { dial, go } from '../../services/screen'

Component({
  behaviors: [page],
  // Until the server has said whose it is, it is on trial.
  data: { sponsor: '', filing: '', server: '', version: '', phone: '', trial: true },
  methods: {
    onLoad() {
      this.setData({ version: versionWords() })
      void load(quietly, 'about', about, (answer) => this.show(answer))
    },
    show({ sponsor = '', filing_number: filing = '', version: server, help_phone: phone = '', trial }: About) {
      this.setData({ sponsor, filing, server, phone, trial })
    },
    call() {
      dial(this.data.phone)
    },
    feedback() {
      go('/more/feedback/index')
    },
  },
})
