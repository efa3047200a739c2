// Pictures and the canvas.
import { files } from '../files.mjs'
import { all, COUNT, FLAG, WORD } from './props.mjs'

const FIT = { aspectFit: 'contain', aspectFill: 'cover' }

export const media = {
  image: {
    props: { src: WORD, mode: [String, 'scaleToFill'], ...all(FLAG, 'lazyLoad webp showMenuByLongpress fadeIn') },
    template: '<h-img/>',
    control: 'img',
    dom(element, component) {
      const img = element.querySelector('img')
      img.addEventListener('load', () =>
        component.triggerEvent('load', { width: img.naturalWidth, height: img.naturalHeight }),
      )
      img.addEventListener('error', () => component.triggerEvent('error', { errMsg: 'image:fail' }))
    },
    sync(element, data) {
      const img = element.querySelector('img')
      if (!img) return
      const src = data.src && files.url(data.src)
      if (!src) img.removeAttribute('src')
      else if (img.getAttribute('src') !== src) img.src = src
      element.dataset.mode = data.mode
      img.style.objectFit = FIT[data.mode] ?? 'fill'
      // A picture without words is decoration to a screen reader, as in WeChat.
      img.alt = data.ariaLabel ?? ''
    },
  },
  canvas: { props: { ...all(WORD, 'type canvasId'), disableScroll: FLAG }, template: '<h-canvas/>' },
  progress: {
    props: {
      ...all(COUNT, 'percent'),
      ...all(FLAG, 'showInfo active'),
      strokeWidth: [Number, 6],
      ...all(WORD, 'color activeColor backgroundColor'),
    },
    template: '<h-progress max="100"/>',
    control: 'progress',
    sync(element, data) {
      const bar = element.querySelector('progress')
      if (bar) bar.value = data.percent
    },
  },
}
