import { start } from './outbox/index'
import { watchLogin } from './services/arrive'

App({
  onLaunch() {
    watchLogin()
    void start()
  },
})
