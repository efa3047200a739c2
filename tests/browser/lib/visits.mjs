// Every page for every kind of person who meets it, with something on it and with nothing: the one list which the tests
// of pages and of reading, and the pictures in docs/screens, are made from.

export const CADRE = '李小禾'
export const SECRETARY = '李卫国'
export const MEMBER = '王秀英'
export const AWAY = '孙远'
export const CONTACT = '吴磊'
export const AREA = '郑强'
export const OFFICE = '陈静'
export const STRANGER = 'somebody-new'
export const KINDS = {
  [CADRE]: '村干部',
  [SECRETARY]: '支部书记',
  [MEMBER]: '支部委员',
  [AWAY]: '流动党员',
  [CONTACT]: '定村干部',
  [AREA]: '片长',
  [OFFICE]: '党建办',
  [STRANGER]: '还没绑定的人',
}

/** In the morning nothing has been handed in yet; at noon lib/lived.mjs has happened. */
const MORNING = 'morning'
const NOON = 'noon'

/**
 * `sees`: words that must be there. `path(town)`: the page as a reminder would open it. `act(phone, town)`: what the
 * person does there first, on a phone of his own. `name`: a picture of it is in docs/screens; `question`: which one is in
 * the picture in 大字, where a form asks one after the other. `levers`: of the host.
 */
const visit = (page, who, sees, given = {}) => ({
  page,
  who,
  sees: [sees].flat(),
  time: MORNING,
  path: () => page,
  ...given,
})

const start = [
  visit('pages/bind/index', STRANGER, ['使用之前,请看这几句话', '同意并继续'], { name: 'bind-agreement' }),
  visit('pages/bind/index', STRANGER, '您选择了不同意', { name: 'bind-declined', act: (phone) => phone.tap('不同意') }),
  visit('pages/bind/index', STRANGER, ['请输入绑定码', '没有绑定码?'], {
    name: 'bind-code',
    act: (phone) => phone.tap('同意并继续'),
  }),
  visit('pages/bind/index', STRANGER, '绑定码', {
    name: 'bind-wrong',
    async act(phone) {
      await phone.tap('同意并继续')
      await phone.type('绑定码', 'K7M2Q9XD4H')
      await phone.tap('确认绑定')
      await phone.page.locator('.hint--wrong, [class*="hint--wrong"]').first().waitFor()
    },
  }),
  visit('pages/bind/index', CADRE, ['您已退出登录', '登录'], {
    name: 'bind-away',
    path: () => 'pages/me/index',
    async act(phone) {
      // What the town says of her comes above it, and moves it.
      await phone.sees('石桥村第一党支部')
      await phone.tap('退出登录')
      await phone.tap('只退出这部手机')
      await phone.tap('同意并继续')
    },
  }),
]

const today = [
  visit('pages/today/index', CADRE, ['排查清理外立面标牌', '去申报'], { name: 'today-cadre' }),
  visit('pages/today/index', SECRETARY, ['固定学习日', '今天到期'], { name: 'today-secretary' }),
  visit('pages/today/index', AWAY, ['向支部汇报半年情况', '写汇报'], { name: 'today-away' }),
  visit('pages/today/index', MEMBER, '联系流动党员'),
  visit('pages/today/index', CONTACT, '现在没有要办的事', { name: 'today-nothing' }),
  visit('pages/today/index', AREA, '现在没有要办的事'),
  visit('pages/today/index', OFFICE, '招聘乡村振兴专干', { name: 'today-office' }),
  visit('pages/today/index', CONTACT, '待审', { time: NOON, name: 'today-reviewer' }),
  visit('pages/today/index', CADRE, ['现在没有网络', '排查清理外立面标牌'], {
    name: 'today-offline',
    async act(phone) {
      await phone.sees('排查清理外立面标牌')
      await phone.offline()
      await phone.background()
      await phone.foreground()
    },
  }),
  visit('pages/today/index', SECRETARY, '再试一次', { name: 'today-first-offline', levers: { network: 'none' } }),
]

const signs = [
  visit('pages/signs/index', CADRE, ['还没办结的(1)', '某某服务站', '登记一块标识牌'], { name: 'signs-cadre' }),
  visit('pages/signs/index', SECRETARY, ['还没办结的(1)', '排查申报']),
  visit('pages/signs/index', AWAY, '这里没有要您办的事', { name: 'signs-none' }),
  visit('pages/signs/index', CONTACT, '标识牌'),
  visit('pages/signs/index', AREA, ['某某服务站', '未办结'], {
    name: 'signs-looking-on',
    act: (phone) => phone.tap('石桥村'),
  }),
  visit('pages/signs/index', OFFICE, '标识牌'),
  visit('pages/signs/index', CADRE, ['已办结的(1)', '招商引资服务中心'], {
    time: NOON,
    name: 'signs-closed',
    act: (phone) => phone.tap('已办结的(1)'),
  }),
  visit('pages/sign/index', CADRE, ['清理前', '挂在哪里?', '涉密和内部文件不得拍摄上传'], { name: 'sign-new' }),
  visit('pages/sign/index', SECRETARY, ['清理前', '挂在哪里?']),
  visit('pages/sign/index', CADRE, ['石桥村', '清理后', '写错了,更改'], {
    name: 'sign-case',
    path: (town) => `pages/sign/index?record=${town.record('sign', 'draft')}`,
  }),
  visit('pages/sign/index', CADRE, ['清理前:已存手机', '重拍', '不要这张'], {
    name: 'sign-photo',
    question: 0,
    levers: { privacy: false },
    async act(phone, town) {
      await phone.photo('拍照:清理前', town.jpeg)
      await phone.sees('重拍')
    },
  }),
  visit('pages/sign/index', CADRE, '清理前', {
    name: 'sign-missing',
    act: (phone) => phone.tap(/^(提交|先登记,以后补照片)$/),
  }),
  visit('more/survey/index', CADRE, ['排查完了哪一处?', '哪天排查完的?'], {
    name: 'survey',
    path: (town) => `more/survey/index?duty=${town.duty('排查清理外立面标牌').id}&place=outside`,
  }),
  visit('more/survey/index', SECRETARY, '排查完了哪一处?'),
  visit('more/survey/index', CADRE, '已存手机', {
    name: 'handed-in-offline',
    path: (town) => `more/survey/index?duty=${town.duty('排查清理外立面标牌').id}&place=outside`,
    async act(phone) {
      await phone.sees('排查完了哪一处?')
      await phone.offline()
      await phone.tap('申报排查完成')
    },
  }),
]

/** 李卫国 has asked to be let off, and the page is looked at again. */
async function asked(phone, town) {
  await town.ask('LI', town.duty('上党课').id, { kind: 'excused', reason: '防汛、抗灾,人都在一线' })
  await phone.background()
  await phone.foreground()
}

const duties = [
  visit('pages/duty/index', CADRE, ['怎样算完成', '去申报'], {
    name: 'duty-cadre',
    path: (town) => `pages/duty/index?id=${town.duty('排查清理外立面标牌').id}`,
  }),
  visit('pages/duty/index', SECRETARY, ['固定学习日', '去记录'], {
    name: 'duty-secretary',
    path: (town) => `pages/duty/index?id=${town.duty('固定学习日').id}`,
  }),
  visit('pages/duty/index', SECRETARY, ['您已经提出免办,等镇里决定', '撤回申请'], {
    name: 'duty-asked',
    path: (town) => `pages/duty/index?id=${town.duty('上党课').id}`,
    act: asked,
  }),
  visit('pages/duty/index', AWAY, ['向支部汇报半年情况', '写汇报'], {
    path: (town) => `pages/duty/index?id=${town.duty('向支部汇报半年情况').id}`,
  }),
  visit('pages/duty/index', MEMBER, ['联系流动党员', '去联系'], {
    path: (town) => `pages/duty/index?id=${town.duty('联系流动党员').id}`,
  }),
  visit('pages/duty/index', OFFICE, ['招聘乡村振兴专干', '去填写'], {
    path: (town) => `pages/duty/index?id=${town.duty('招聘乡村振兴专干').id}`,
  }),
  visit('pages/duty/index', AWAY, '没有找到这项内容', {
    name: 'duty-not-mine',
    path: (town) => `pages/duty/index?id=${town.duty('固定学习日').id}`,
  }),
  visit('pages/duty/index', CADRE, ['已交待审', '看交上去的记录'], {
    time: NOON,
    name: 'duty-submitted',
    path: (town) => `pages/duty/index?id=${town.duty('设好便民服务大厅').id}`,
  }),
]

const owed = [
  visit('more/explain/index', SECRETARY, ['为什么有这一项', '怎样算完成', '提醒过谁'], {
    name: 'explain',
    path: (town) => `more/explain/index?duty=${town.duty('固定学习日').id}`,
  }),
  visit('more/explain/index', SECRETARY, ['申请和决定', '等镇里决定', '防汛'], {
    name: 'explain-asked',
    path: (town) => `more/explain/index?duty=${town.duty('上党课').id}`,
    async act(phone, town) {
      await asked(phone, town)
      await (await phone.sees('申请和决定')).scrollIntoViewIfNeeded()
    },
  }),
  visit('more/explain/index', AWAY, '向支部汇报半年情况', {
    path: (town) => `more/explain/index?duty=${town.duty('向支部汇报半年情况').id}`,
  }),
  visit('more/explain/index', AWAY, '没有找到这项内容', {
    path: (town) => `more/explain/index?duty=${town.duty('固定学习日').id}`,
  }),
  visit('more/not-owed/index', SECRETARY, ['不需要做', '无需召开'], {
    name: 'not-owed',
    act: (phone) => phone.tap('石桥村第二党支部'),
  }),
  visit('more/not-owed/index', SECRETARY, ['没有不需要做的', '看另一个组织'], {
    name: 'not-owed-none',
    path: (town) => `more/not-owed/index?unit=${town.duty('固定学习日').unit_id}`,
  }),
  visit('more/not-owed/index', SECRETARY, ['看哪个组织的?', '石桥村第一党支部'], { name: 'not-owed-choose' }),
  visit('more/excuse/index', SECRETARY, ['是哪种情况?', '交给别人办'], {
    name: 'excuse',
    path: (town) => `more/excuse/index?duty=${town.duty('固定学习日').id}`,
  }),
  visit('more/excuse/index', SECRETARY, ['延到哪一天?', '什么原因?', '请选延到哪一天'], {
    name: 'excuse-postpone',
    question: 2,
    path: (town) => `more/excuse/index?duty=${town.duty('固定学习日').id}`,
    async act(phone) {
      await phone.tap(/^要晚几天,/)
      await phone.tap('交给镇里决定')
    },
  }),
  visit('more/excuse/index', SECRETARY, ['到哪天为止?', '不要的点一下去掉'], {
    name: 'excuse-period',
    question: 2,
    path: (town) => `more/excuse/index?duty=${town.duty('固定学习日').id}`,
    async act(phone) {
      await phone.tap(/^这次办不了,/)
      await phone.tap(/^一段时间,/)
      await phone.tap('防汛、抗灾,人都在一线')
      await phone.tap('看看是哪几项')
      await (await phone.sees('不要的点一下去掉')).scrollIntoViewIfNeeded()
    },
  }),
  visit('more/excuse/index', SECRETARY, ['交给谁?', '王秀英'], {
    name: 'excuse-delegate',
    question: 2,
    path: (town) => `more/excuse/index?duty=${town.duty('固定学习日').id}`,
    act: (phone) => phone.tap(/^交给别人办,/),
  }),
  visit('more/excuses/index', OFFICE, ['等决定', '上党课', '不同意'], { name: 'excuses-office', act: asked }),
  visit('more/excuses/index', SECRETARY, ['等决定', '上党课', '撤回申请'], { name: 'excuses-own', act: asked }),
  visit('more/excuses/index', AREA, '等决定'),
  visit('more/month/index', SECRETARY, ['固定学习日', '上个月', '不需要做的'], { name: 'month' }),
  visit('more/month/index', CADRE, ['上个月', '下个月']),
  visit('more/month/index', OFFICE, ['上个月', '下个月'], { name: 'month-office' }),
  visit('more/month/index', SECRETARY, ['计划', '固定学习日'], {
    name: 'month-planned',
    act: async (phone) => {
      await phone.sees('固定学习日')
      await phone.tap('下个月')
      await phone.sees('固定学习日')
      await phone.tap('下个月')
    },
  }),
  visit('more/feed/index', SECRETARY, ['生成日历地址', '怎样添加'], { name: 'feed' }),
  visit('more/feed/index', MEMBER, ['地址只显示这一次', '复制地址', '停用'], {
    name: 'feed-made',
    act: (phone) => phone.tap('生成日历地址'),
  }),
  visit('more/statement/index', CADRE, ['先选一件要办的事', '去今日'], { name: 'statement-nothing' }),
]

const meetings = [
  visit('pages/meeting/index', SECRETARY, ['哪天开的?', '谁没来?', '会议内容'], {
    name: 'meeting-secretary',
    path: (town) => `pages/meeting/index?duty=${town.duty('固定学习日').id}`,
  }),
  visit('pages/meeting/index', CADRE, ['开的是什么会?', '提交会议记录'], { name: 'meeting-cadre' }),
  visit('pages/meeting/index', MEMBER, ['开的是什么会?', '提交会议记录']),
  // No meeting yet to start from.
  visit('pages/meeting/index', CADRE, ['开的是什么会?', '提交会议记录'], {
    act: (phone) => phone.tap('石桥村第二党支部'),
  }),
  visit('pages/meeting/index', SECRETARY, '请', {
    name: 'meeting-missing',
    path: (town) => `pages/meeting/index?duty=${town.duty('固定学习日').id}`,
    act: (phone) => phone.tap('提交会议记录'),
  }),
  visit('pages/meeting/index', SECRETARY, '王秀英为什么没来?', {
    name: 'meeting-absent',
    question: 2,
    path: (town) => `pages/meeting/index?duty=${town.duty('固定学习日').id}`,
    async act(phone) {
      await phone.tap('王秀英没来')
      await (await phone.sees('王秀英为什么没来?')).scrollIntoViewIfNeeded()
    },
  }),
  visit('more/statement/index', CADRE, ['设好便民服务大厅', '做了什么,结果怎样?'], {
    name: 'statement',
    path: (town) => `more/statement/index?duty=${town.duty('设好便民服务大厅').id}`,
  }),
  visit('more/statement/index', OFFICE, ['招聘乡村振兴专干', '做了什么,结果怎样?'], {
    path: (town) => `more/statement/index?duty=${town.duty('招聘乡村振兴专干').id}`,
  }),
]

const reports = [
  visit('pages/report/index', AWAY, ['向支部说说近况', '现在在哪里?', '交给支部'], { name: 'report-new' }),
  visit('pages/report/index', AWAY, ['和支部的往来', '腊月二十', '写给支部'], { time: NOON, name: 'report-talk' }),
  visit('more/linked/index', MEMBER, ['孙远', '联系流动党员'], { name: 'linked-list' }),
  visit('more/linked/index', MEMBER, ['怎么联系的?', '还没有往来'], {
    path: (town) => `more/linked/index?member=${town.away}`,
  }),
  visit('more/linked/index', MEMBER, ['往来', '电子厂', '腊月二十'], {
    time: NOON,
    name: 'linked-talk',
    path: (town) => `more/linked/index?member=${town.away}`,
  }),
  visit('more/linked/index', SECRETARY, '孙远'),
  visit('more/linked/index', OFFICE, '孙远'),
]

const records = [
  visit('pages/record/index', SECRETARY, ['退回原因', '签到表拍得不全', '去补正'], {
    name: 'record-returned',
    path: (town) => `pages/record/index?id=${town.record('meeting', 'returned')}`,
  }),
  visit('pages/record/index', CADRE, ['已通过', '商量本月工作'], {
    name: 'record-accepted',
    path: (town) => `pages/record/index?id=${town.record('meeting', 'accepted')}`,
  }),
  visit('pages/record/index', AREA, '未办完', {
    name: 'record-draft',
    path: (town) => `pages/record/index?id=${town.record('sign', 'draft')}`,
  }),
  visit('pages/record/index', CONTACT, ['招商引资服务中心', '待审'], {
    time: NOON,
    path: (town) => `pages/record/index?id=${town.done.sign}`,
  }),
  visit('pages/record/index', OFFICE, ['招商引资服务中心', '退回', '通过'], {
    time: NOON,
    name: 'record-review',
    path: (town) => `pages/record/index?id=${town.done.sign}`,
  }),
  visit('pages/record/index', OFFICE, ['哪里要补正', '退回给填写人'], {
    time: NOON,
    name: 'record-return',
    path: (town) => `pages/record/index?id=${town.done.sign}`,
    async act(phone) {
      await phone.tap('退回')
      await (await phone.sees('哪里要补正')).scrollIntoViewIfNeeded()
    },
  }),
  visit('pages/record/index', SECRETARY, ['这一份是多交的', '合并到那一份'], {
    time: NOON,
    name: 'record-extra',
    path: (town) => `pages/record/index?id=${town.done.extra}`,
    act: async (phone) => (await phone.sees('合并到那一份')).scrollIntoViewIfNeeded(),
  }),
  visit('pages/record/index', AWAY, '昆山', {
    time: NOON,
    path: (town) => `pages/record/index?id=${town.done.report}`,
  }),
  visit('pages/record/index', AWAY, '没有找到这项内容', {
    path: (town) => `pages/record/index?id=${town.record('meeting', 'accepted')}`,
  }),
  visit('pages/review/index', CONTACT, '没有要您审核的', { name: 'review-empty' }),
  visit('pages/review/index', AREA, '没有要您审核的'),
  visit('pages/review/index', OFFICE, '没有要您审核的'),
  visit('pages/review/index', SECRETARY, '没有要您审核的'),
  visit('pages/review/index', OFFICE, '标识牌清理', { time: NOON, name: 'review' }),
  visit('pages/review/index', CONTACT, '石桥村', { time: NOON }),
  visit('pages/review/index', AREA, '石桥村', { time: NOON }),
]

const inbox = [
  visit('pages/inbox/index', SECRETARY, ['退回', '允许再提醒一次'], { name: 'inbox-secretary' }),
  visit('pages/inbox/index', CADRE, '答复', { time: NOON }),
  visit('pages/inbox/index', AWAY, '党支部给您回了话', { time: NOON, name: 'inbox-away' }),
  visit('pages/inbox/index', CONTACT, '还没有提醒', { name: 'inbox-empty' }),
  visit('pages/inbox/index', AREA, '还没有提醒'),
  visit('pages/inbox/index', OFFICE, '提醒'),
  visit('pages/inbox/index', AWAY, ['保存', '用平常的'], {
    name: 'inbox-quiet',
    act: async (phone) => {
      await phone.tap('修改免打扰时间')
      await (await phone.sees('保存')).scrollIntoViewIfNeeded()
    },
  }),
  visit('pages/inbox/index', CADRE, '收起', {
    name: 'inbox-when',
    act: async (phone) => {
      await phone.tap('什么时候会提醒我?')
      await (await phone.sees('收起')).scrollIntoViewIfNeeded()
    },
  }),
]

const me = [
  visit('pages/me/index', CADRE, ['李小禾', '村干部', '石桥村', '大字'], { name: 'me-cadre' }),
  visit('pages/me/index', SECRETARY, ['李卫国', '村党组织书记', '流动党员']),
  visit('pages/me/index', AWAY, ['孙远', '流动党员', '我的汇报和支部回复'], { name: 'me-away' }),
  visit('pages/me/index', CONTACT, ['吴磊', '定村干部', '待审']),
  visit('pages/me/index', AREA, ['郑强', '片长', '待审'], { name: 'me-area' }),
  visit('pages/me/index', OFFICE, ['陈静', '党建办', '待审']),
  visit('pages/me/index', CADRE, ['只退出这部手机', '不退出'], {
    name: 'me-leaving',
    act: async (phone) => {
      await phone.tap('退出登录')
      await (await phone.sees('不退出')).scrollIntoViewIfNeeded()
    },
  }),
]

const outbox = [
  visit('pages/outbox/index', CADRE, ['已存手机', '现在上传'], {
    name: 'outbox-waiting',
    path: (town) => `more/survey/index?duty=${town.duty('排查清理外立面标牌').id}&place=outside`,
    async act(phone) {
      await phone.sees('排查完了哪一处?')
      await phone.offline()
      await phone.tap('申报排查完成')
      await phone.tap('看待上传')
    },
  }),
  visit('pages/outbox/index', CADRE, ['清理前', '已存手机', '现在上传'], {
    name: 'outbox-photos',
    levers: { privacy: false },
    path: () => 'pages/sign/index',
    async act(phone, town) {
      await phone.photo('拍照:清理前', town.jpeg)
      await phone.sees('重拍')
      await phone.tap('某某服务站')
      await phone.tap('清单以外')
      await phone.offline()
      await phone.tap('先登记,以后补照片')
      await phone.tap('看待上传')
    },
  }),
  visit('pages/outbox/index', CADRE, ['没有收下,要您处理', '改一改再交', '放弃'], {
    name: 'outbox-refused',
    path: (town) => `more/survey/index?duty=${town.duty('排查清理外立面标牌').id}&place=outside`,
    async act(phone) {
      await phone.sees('排查完了哪一处?')
      // As the server refuses what it cannot count.
      const problem = { code: 'checkin.outside_window', message: '“排查清理外立面标牌”已经不收了,请核对日期。' }
      await phone.page.route('**/api/v1/sign-surveys', (route) => route.fulfill({ status: 422, json: problem }))
      await phone.tap('申报排查完成')
      await phone.tap('看待上传')
    },
  }),
  visit('pages/outbox/index', CADRE, ['没有填完的', '接着填'], {
    name: 'outbox-draft',
    path: () => 'pages/meeting/index',
    async act(phone) {
      await phone.type('在哪里开的?', '村部')
      await phone.page.evaluate(() => globalThis.wx.navigateTo({ url: '/pages/outbox/index' }))
    },
  }),
]

const EVERYBODY = [CADRE, SECRETARY, AWAY, CONTACT, AREA, OFFICE]
/** Pages which look the same for everybody; whose picture is kept is named. */
const forAll = [
  ['pages/outbox/index', '没有等着上传的', CADRE, 'outbox-empty'],
  ['more/feedback/index', '您想说什么?', AWAY, 'feedback'],
  ['more/privacy/index', ['记些什么', '谁能看到'], CADRE, 'privacy'],
  ['more/devices/index', '就是这一部', CADRE, 'devices'],
  ['more/desk/index', '8 位数字', OFFICE, 'desk'],
  ['more/reminders/index', ['待办什么时候提醒我?', '免打扰时间'], CADRE, 'reminders'],
  ['more/about/index', ['主办单位', '备案号', '试用'], CADRE, 'about'],
].flatMap(([page, sees, pictured, name]) =>
  EVERYBODY.map((who) => visit(page, who, sees, who === pictured ? { name } : {})),
)

const feedback = [
  visit('more/feedback/index', CADRE, ['我提过的', '希望表格再少一些', '正在合并重复的表格'], {
    time: NOON,
    name: 'feedback-answered',
  }),
]

const byTime = (visits) => visits.sort((a, b) => (a.time === NOON) - (b.time === NOON))
/** In parts, so that each can be gone through within a few minutes on a busy machine. */
export const VILLAGE = byTime([...start, ...signs, ...duties])
export const OWED = byTime(owed)
export const BRANCH = byTime([...meetings, ...reports, ...records])
export const LISTS = byTime([...today, ...inbox, ...me, ...outbox])
export const OTHERS = byTime([...forAll, ...feedback])
export const VISITS = byTime([...VILLAGE, ...OWED, ...BRANCH, ...LISTS, ...OTHERS])

export const isNoon = ({ time }) => time === NOON
export const visitWords = ({ page, who, name, sees }) => `${who}(${KINDS[who]}) ${page} ${name ?? sees[0]}`
