// How the built-in components look before the mini-program says otherwise; measured off WeChat's own style v2.
export const BASE_CSS = `
wx-page{display:block;min-height:100%}
wx-view,wx-scroll-view,wx-swiper-item,wx-form,wx-picker,wx-navigator,wx-checkbox-group,wx-radio-group,wx-progress,wx-slider,
wx-rich-text,wx-cover-view,wx-root-portal{display:block}
wx-page-meta{display:none}
wx-scroll-view{width:100%}
wx-text,wx-label,wx-icon{display:inline}
wx-text{white-space:pre-line}
wx-image{display:inline-block;width:320px;height:240px;overflow:hidden}
wx-image>img{display:block;width:100%;height:100%}
wx-image>img:not([src]){visibility:hidden}
wx-image[data-mode=widthFix]{height:auto}
wx-image[data-mode=widthFix]>img{height:auto}
wx-button{position:relative;display:block;margin-left:auto;margin-right:auto;padding:0 14px;box-sizing:border-box;
font-size:18px;text-align:center;line-height:2.55555556;border-radius:5px;color:#000;background:#f8f8f8;overflow:hidden;cursor:pointer}
wx-button[type=primary]{color:#fff;background:#07c160}
wx-button[type=warn]{color:#fff;background:#e64340}
wx-button[disabled]{pointer-events:none}
wx-button[size=mini]{display:inline-block;font-size:13px;line-height:2.3;padding:0 1.32em}
wx-input{display:block;height:1.4rem;min-height:1.4em;overflow:hidden}
wx-input>input,wx-textarea>textarea{all:unset;display:block;width:100%;height:100%;font:inherit;color:inherit;
text-align:inherit;box-sizing:border-box}
wx-textarea>textarea{min-height:inherit;white-space:pre-wrap;overflow:auto;overflow-wrap:anywhere}
wx-input>input::placeholder,wx-textarea>textarea::placeholder{color:#6b7280}
wx-textarea{display:block;width:300px;height:150px}
wx-checkbox,wx-radio,wx-switch{display:inline-block}
wx-checkbox>input,wx-radio>input{width:22px;height:22px;margin:0 6px 0 0;vertical-align:middle;accent-color:#07c160}
wx-switch>input{appearance:none;width:52px;height:32px;margin:0;border-radius:16px;background:#c9ccd1;position:relative;vertical-align:middle}
wx-switch>input::after{content:"";position:absolute;top:2px;left:2px;width:28px;height:28px;border-radius:14px;background:#fff}
wx-switch>input:checked{background:var(--on)}
wx-switch>input:checked::after{left:22px}
wx-swiper{display:flex;overflow-x:auto;scroll-snap-type:x mandatory;height:150px}
wx-swiper-item{flex:0 0 100%;scroll-snap-align:start;height:100%;overflow:hidden}
wx-progress>progress,wx-slider>input{width:100%}
wx-canvas{display:block;width:300px;height:150px;overflow:hidden}
wx-canvas>canvas{display:block;width:100%;height:100%}
[hidden]{display:none!important}
`
