// Whose this is. Without an operator and a filing number it is on trial, and says so.

import { page } from '../../behaviors/page'
import * as account from '../../services/account'
import { config, VERSION } from '../../services/config'
import { load, quietly } from '../../services/load'
import { dial, go } from '../../services/screen'

Component({
  behaviors: [page],
  data: { sponsor: '', filing: '', server: '', version: VERSION, phone: '', trial: true },
  methods: {
    onLoad() {
      // What the mini-program was built with stands until the server says more.
      const { operator, filing, hotline } = config()
      this.setData({ sponsor: operator, filing, phone: hotline, trial: !operator || !filing })
      void load(quietly, 'about', account.about, (about) => about && this.show(about))
    },
    show(about: account.About) {
      const { operator, filing, hotline } = config()
      const sponsor = about.sponsor ?? operator
      const number = about.filing_number ?? filing
      this.setData({
        sponsor,
        filing: number,
        server: about.version,
        phone: about.help_phone ?? hotline,
        trial: !sponsor || !number,
      })
    },
    call() {
      dial(this.data.phone)
    },
    feedback() {
      go('/more/feedback/index')
    },
  },
})
