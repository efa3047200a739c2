// The `wx` object. A name that is not here is undefined, so that code can ask first; our own code is checked against
// WX_NAMES at build time. Nothing here touches the browser before it is called.
import { accountCalls } from './account.mjs'
import { appCalls } from './app.mjs'
import { fileCalls } from './files.mjs'
import { mediaCalls } from './media.mjs'
import { networkCalls } from './network.mjs'
import { screenCalls } from './screen.mjs'
import { storageCalls } from './storage.mjs'

export const makeWx = (screen) => ({
  ...appCalls(screen),
  ...screenCalls(screen),
  ...storageCalls(),
  ...fileCalls(),
  ...mediaCalls(),
  ...networkCalls(),
  ...accountCalls(),
})

export const WX_NAMES = Object.keys(makeWx({}))
