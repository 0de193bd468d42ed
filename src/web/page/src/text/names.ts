// Names of actions, phases and outcomes in both languages; those of fields are in field_names.ts.
import { AccountStatus, PeriodPhase, Role, type TransactionBody } from 'pcq-client';

import { choiceNames, fieldNames } from './field_names.js';
import { say } from './say.js';

type ActionName = NonNullable<TransactionBody['action']['case']>;
const actions: { readonly [name in ActionName]: readonly [english: string, chinese: string] } = {
  registerUsers: ['Register people', '登记用户'],
  rotateKeys: ['Replace keys', '更换密钥'],
  freezeAccount: ['Freeze an account', '冻结账户'],
  unfreezeAccount: ['Unfreeze an account', '解冻账户'],
  closeAccount: ['Close an account', '关闭账户'],
  addTrusted: ['Trust an account', '信任账户'],
  removeTrusted: ['Trust an account no more', '取消信任账户'],
  proposeClawback: ['Propose a claw-back', '提议追回'],
  approveClawback: ['Approve a claw-back', '批准追回'],
  openPeriod: ['Open a period', '开启履约期'],
  issueBatch: ['Issue quota', '发放配额'],
  advancePeriod: ['End a month', '结束当月'],
  closePeriod: ['Close a period', '关闭履约期'],
  claimIssuance: ['Credit issued quota', '配额入账'],
  issueReserve: ['Issue a reserve', '发放储备'],
  setAllocationRule: ['Set an allocation rule', '设定分配规则'],
  transferQuota: ['Give quota', '赠予配额'],
  reportEmissions: ['Report emissions', '报告排放'],
  proposeCorrection: ['Propose a correction', '提议更正'],
  approveCorrection: ['Approve a correction', '批准更正'],
  disputeReading: ['Dispute a reading', '对读数提出异议'],
  rejectDispute: ['Reject a dispute', '驳回异议'],
  setMethodology: ['Set a methodology', '设定方法学'],
  reportAvoided: ['Report avoided emissions', '报告减排'],
  convertCredits: ['Convert credits', '兑换减排量'],
  deposit: ['Pay in', '存入'],
  withdraw: ['Pay out', '提取'],
  transferCash: ['Send money', '转账'],
  repayDebt: ['Repay a debt', '偿还欠款'],
  postCosts: ['Post costs', '公布成本'],
  postService: ['Post service', '公布服务'],
  joinMarket: ['Join the market', '加入市场'],
  sellSurplus: ['Sell surplus', '出售盈余'],
  buyQuota: ['Buy quota', '购买配额'],
  placeOrder: ['Place an order', '挂单'],
  cancelOrder: ['Cancel an order', '撤单'],
  registerSideChain: ['Register a side chain', '登记侧链'],
  deliverMessages: ['Carry messages between chains', '传递跨链消息'],
  submitAnchor: ['Record a checkpoint', '记录检查点'],
  updateValidators: ['Follow a change of validators', '跟进验证者变更'],
  proposeChange: ['Propose a change', '提议变更'],
  voteOnChange: ['Vote', '投票'],
  pauseMarket: ['Pause the market', '暂停市场'],
  resumeMarket: ['Resume the market', '恢复市场'],
  attest: ['Attest an audit', '声明审计'],
};
export function actionName(action: ActionName | undefined): string {
  return action === undefined ? say('unknown action', '未知操作') : say(...actions[action]);
}

export function phaseName(phase: PeriodPhase): string {
  switch (phase) {
    case PeriodPhase.OPEN:
      return say('open', '进行中');
    case PeriodPhase.TRUE_UP:
      return say('true-up', '清缴期');
    case PeriodPhase.SETTLING:
      return say('settling', '结算中');
    case PeriodPhase.SETTLED:
      return say('settled', '已结算');
    default:
      return say('not opened', '未开启');
  }
}

/** A proposer who is in the newest validator set no more. */
export function goneValidator(): string {
  return say('a validator that has left', '已离任的验证者');
}

export function roleName(role: Role): string {
  switch (role) {
    case Role.GOVERNMENT:
      return say('government', '政府');
    case Role.PLATFORM:
      return say('platform', '交易平台');
    case Role.METER:
      return say('meter', '计量方');
    case Role.BANK:
      return say('bank', '银行');
    case Role.AUDITOR:
      return say('auditor', '审计方');
    default:
      return say('person', '个人');
  }
}

export function accountStatus(status: AccountStatus): string {
  if (status === AccountStatus.FROZEN) return say('frozen', '已冻结');
  return status === AccountStatus.CLOSED ? say('closed', '已关闭') : say('open', '正常');
}

/** How a formula of the model ended (src/economics/status.h). */
export function statusName(status: number): string {
  const known: { [status: number]: [string, string] } = {
    1: ['the market clears', '市场出清'],
    2: ['short of supply: even if everybody sold, it would not be enough', '供给不足：即使人人出售也不够'],
    3: ['the ceiling on P_c binds', 'P_c 触及价格上限'],
    4: ['no demand', '没有需求'],
    100: ['no price: a number is out of its range', '无价格：某个数值超出范围'],
    101: ['no price: a number is too large', '无价格：数值过大'],
    102: ['no price: nobody has a surplus', '无价格：没有人有盈余'],
    103: ["no price: the ceiling is below the platform's costs", '无价格：价格上限低于平台成本'],
  };
  const found = known[status];
  return found === undefined ? say(`status ${status}`, `状态 ${status}`) : say(...found);
}

/** A field of a message of proto/pcq/v1, by its name in camel case. */
export function fieldName(message: string, name: string): string {
  const found = fieldNames[`${message}.${name}`] ?? fieldNames[name];
  return found === undefined ? name : say(...found);
}

/** One of the numbers that a field of an enumeration may have. */
export function choiceName(enumeration: string, choice: number): string {
  const found = choiceNames[enumeration]?.[choice];
  return found === undefined ? say(`unknown (${choice})`, `未知（${choice}）`) : say(...found);
}
