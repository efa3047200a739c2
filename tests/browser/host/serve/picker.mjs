// Choosing whose phone it is. Wide screens show a phone beside the list; on a phone the app takes the whole screen.

const escape = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)

const item = ({ openid, name, role }) =>
  `<li><a href="app/?as=${encodeURIComponent(openid)}" data-name="${escape(name)}">${escape(name)}<small>${escape(role)}</small></a></li>`

const STYLE = `
body{margin:0;font:16px/1.5 -apple-system,"PingFang SC","Noto Sans CJK SC",sans-serif;background:#eceef1;color:#1f2329}
main{display:flex;gap:40px;justify-content:center;align-items:flex-start;padding:24px}
nav{width:300px}h1{font-size:22px;margin:0 0 4px}p{margin:0 0 16px;color:#4b5563}
mark{background:#fff1b8;padding:0 6px;border-radius:4px}
ul{list-style:none;margin:0;padding:0}li{margin-bottom:8px}
a{display:flex;justify-content:space-between;align-items:center;min-height:48px;padding:0 16px;border-radius:8px;background:#fff;color:inherit;text-decoration:none}
a[aria-current]{outline:2px solid #b3261e}small{color:#4b5563}
figure{margin:0}iframe{width:375px;height:812px;border:10px solid #1f2329;border-radius:36px;background:#fff}
figcaption{text-align:center;margin-bottom:8px}
@media(max-width:480px){figure{display:none}main{padding:16px}nav{width:100%}}`

const SCRIPT = `
const wide=matchMedia('(min-width:481px)');
document.querySelector('ul').addEventListener('click',(e)=>{
  const a=e.target.closest('a');
  if(!a||!wide.matches||e.ctrlKey||e.metaKey)return;
  e.preventDefault();
  document.querySelectorAll('[aria-current]').forEach((x)=>x.removeAttribute('aria-current'));
  a.setAttribute('aria-current','true');
  document.querySelector('iframe').src=a.getAttribute('href');
  document.querySelector('figcaption').textContent='预览 · '+a.dataset.name;
});`

export const pickerPage = (people) => `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,"><title>图河六项 · 小程序预览</title>
<style>${STYLE}</style></head><body><main><nav aria-label="选择人员"><h1>图河六项 · 小程序</h1>
<p><mark>预览</mark> 在浏览器里运行同一份小程序,不是微信。人员都是虚构的。</p>
<ul>${people.map(item).join('')}${item({ openid: 'stranger', name: '新手机', role: '还没有绑定' })}</ul></nav>
<figure><figcaption>预览</figcaption><iframe title="手机" src="app/?as=${encodeURIComponent(people[0]?.openid ?? 'stranger')}"></iframe></figure>
</main><script>${SCRIPT}</script></body></html>`
